"""``abate measure prevalence`` as a script and as a person see it."""

import pytest
from scipy import stats


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.csv"
    rows = [("clean", 900, 0), ("clean", 98, "fine"), ("clean", 2, "bad"), ("flagged", 60, 0), ("flagged", 25, "bad")]
    rows.append(("flagged", 15, "fine"))
    lines = ["item,stratum,views,label,score"]
    for stratum, count, label in rows:
        for _ in range(count):
            number = len(lines)
            score = "0.9" if stratum == "flagged" else "0.1"
            lines.append(f"i{number},{stratum},{10 + number % 3},{label or ''},{score}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_the_contracts_keys_are_there_and_by_hand(abate, labels):
    told = abate.run(
        "measure", "prevalence", "--labels", labels, "--positive", "bad", "--weight", "items", "--json"
    ).json
    assert told["prevalence"] == pytest.approx((1_000 * 2 / 100 + 100 * 25 / 40) / 1_100)
    assert told["interval"][0] < told["prevalence"] < told["interval"][1]
    assert told["labelled"] == 140
    assert told["classifier_only"] == pytest.approx((1_000 * 0.1 + 100 * 0.9) / 1_100)
    clean, flagged = told["strata"]
    assert {"stratum", "n", "positives", "value", "interval", "method"} <= set(clean)
    assert (clean["stratum"], clean["n"], clean["positives"], clean["value"]) == ("clean", 100, 2, 0.02)
    ends = stats.binomtest(2, 100).proportion_ci(method="exact")
    assert clean["interval"] == pytest.approx([ends.low, ends.high])
    assert flagged["value"] == pytest.approx(25 / 40)
    assert (told["schema"], told["level"], told["calibrated"], told["weight"]) == (1, 0.95, True, "items")
    assert told["violating"]["value"] == pytest.approx(told["prevalence"] * 1_100)
    assert told["as_labelled"] is None


def test_views_are_the_weight_where_they_are_known(abate, labels):
    told = abate.run("measure", "prevalence", "--labels", labels, "--positive", "bad", "--json").json
    assert told["weight"] == "views"
    same = abate.run(
        "measure", "prevalence", "--labels", labels, "--positive", "bad", "--weight", "views", "--json"
    ).json
    assert same == told


def test_in_words_with_the_whole_given_and_a_chart(abate, labels, tmp_path):
    chart = tmp_path / "prevalence.svg"
    said = abate.run(
        "measure",
        "prevalence",
        "--labels",
        labels,
        "--positive",
        "bad",
        "--population-views",
        1_000_000,
        "--chart",
        chart,
    )
    assert said.code == 0
    assert "of all views fell on bad." in said.out
    assert "exact Clopper-Pearson on the effective sample size" in said.out
    assert "assumed: labels are right" in said.err
    assert chart.read_text("utf-8").startswith("<svg")


def test_reviewers_are_corrected_and_what_they_said_stays_beside(abate, labels):
    command = (
        "measure",
        "prevalence",
        "--labels",
        labels,
        "--positive",
        "bad",
        "--json",
        "--reviewer-sensitivity",
        0.9,
    )
    told = abate.run(*command, "--reviewer-specificity", 0.99, "--reviewer-n", "200,500", "--seed", 7).json
    before = told["as_labelled"]["value"]
    assert told["prevalence"] == pytest.approx((before + 0.99 - 1) / (0.9 + 0.99 - 1))
    assert told["seed"] == 7
    assert "Rogan and Gladen" in told["method"]
    known = abate.run(*command, "--reviewer-specificity", 0.99).json
    assert "seed" not in known
    assert known["interval"][1] - known["interval"][0] < told["interval"][1] - told["interval"][0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--positive", "bad"], "no labels were given"),
        (["--labels", "LABELS"], "which label counts?"),
        (["--labels", "LABELS", "--positive", "bad", "--reviewer-n", "100"], "go together"),
        (["--labels", "LABELS", "--positive", "bad", "--reviewer-sensitivity", "0.9"], "go together"),
        (
            [
                "--labels",
                "LABELS",
                "--positive",
                "bad",
                *["--reviewer-sensitivity", ".9", "--reviewer-specificity", ".9", "--reviewer-n", "many"],
            ],
            "is neither a whole number nor two",
        ),
        (["--labels", "LABELS", "--positive", "bad", "--population-items", "3"], "less than the 1100 in the table"),
    ],
)
def test_wrong_use_is_one_sentence(abate, labels, arguments, says):
    said = abate.run("measure", "prevalence", *(str(labels) if one == "LABELS" else one for one in arguments))
    assert said.code == 2
    assert says in said.err
    assert said.out == ""


def test_a_stratum_without_a_label_is_shown_without_a_number(abate, tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("item,stratum,label\na,x,bad\nb,x,fine\nc,y,\nd,,\n", "utf-8")
    said = abate.run("measure", "prevalence", "--labels", path, "--positive", "bad")
    assert said.code == 0
    assert "(none)" in said.out
    assert "warning (small-cells): no label in (none), y" in said.err
