"""``abate rules starter``: the rules to begin with are listed, and one is printed as a file that can be kept."""

from abate.flows.rules.starter import starter, starters


def test_they_are_listed_with_what_they_look_for(abate):
    answer = abate.run("rules", "starter")
    assert answer.code == 0
    for one in starters():
        assert one.name in answer.out
    listed = abate.run("rules", "starter", "--json").json
    assert [(one["name"], one["title"]) for one in listed] == [(one.name, one.title) for one in starters()]


def test_one_is_printed_as_a_file_that_can_be_checked_and_nothing_is_in_force(abate, tmp_path):
    answer = abate.run("rules", "starter", "flood_at_night")
    assert answer.out == starter("flood_at_night").text
    path = tmp_path / "flood.rules"
    path.write_text(answer.out, "utf-8")
    assert abate.run("rules", "check", str(path)).code == 0
    assert abate.run("rules", "list", "--json").json == []
    assert abate.run("rules", "starter", "flood_at_night", "--json").json["text"] == answer.out


def test_a_name_that_is_none_is_one_sentence(abate):
    answer = abate.run("rules", "starter", "flood")
    assert answer.code == 2
    assert "there is no starter rule 'flood'" in answer.err
    assert answer.out == ""
