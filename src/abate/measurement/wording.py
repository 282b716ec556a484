"""Every sentence of the seven claims and of the report, in one catalogue: a translation is a mapping with these keys.

Names in braces are figures; each points at a number of the report's JSON. The words themselves hold no digit: a number
that nobody measured cannot slip into a sentence. Only what begins with ``page.`` or ``section.`` may spell one out.
"""

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        # The seven claims
        "claim.presence": "Presence fell",
        "claim.following": "Following fell",
        "claim.enforcement": "Enforcement contributed",
        "claim.recruitment": "Online support feeds recruitment",
        "claim.disillusion": "Followers are disillusioned and the public rejects it",
        "claim.threats": "Fewer supporters, fewer threats",
        "claim.growth": "Uncurbed, it grows",
        "verdict.measured": "measured",
        "verdict.consistent with": "consistent with",
        "verdict.scenario": "scenario",
        "verdict.cannot be seen from here": "cannot be seen from here",
        "holds.yes": "the numbers agree",
        "holds.no": "the numbers disagree",
        "holds.open": "undecided",
        "unseen": "Cannot be seen from here: {why}.",
        "unseen.bare": "Cannot be seen from here: nothing that was collected speaks to it.",
        "collect": "To see it, collect {what}.",
        # Presence
        "presence.fell": "Weekly active channels fell {change} {interval} in the {weeks} weeks after {start}.",
        "presence.fell.beyond": (
            "Weekly active channels fell {change} {interval} in the {weeks} weeks after {start}, {points} points "
            "{points_interval} more than their counterfactual."
        ),
        "presence.fell.ends": (
            "Weekly active channels fell {change} {interval} between the first {weeks} settled weeks and the last."
        ),
        "presence.rose": (
            "Weekly active channels did not fall: they rose {change} {interval} in the {weeks} weeks after {start}."
        ),
        "presence.rose.ends": (
            "Weekly active channels did not fall: they rose {change} {interval} between the first {weeks} settled "
            "weeks and the last."
        ),
        "presence.open": (
            "Whether weekly active channels fell in the {weeks} weeks after {start} cannot be told: the change is "
            "{change} {interval}."
        ),
        "presence.open.ends": (
            "Whether weekly active channels fell between the first {weeks} settled weeks and the last cannot be told: "
            "the change is {change} {interval}."
        ),
        "presence.detail": "A mean of {after} a week, against {before} in the {weeks} weeks before.",
        "presence.detail.ends": (
            "A mean of {after} a week, against {before} in the first {weeks}. Nothing was marked as done in between."
        ),
        "presence.lately": (
            "In the last {weeks} settled weeks they lay {change} {interval} from where they were before."
        ),
        "presence.detail.net": (
            "Over all platforms seen, what rose elsewhere set against what fell: {net} channels a week {interval}."
        ),
        "coincided": "This coincided with the {kind} of {day} on {platform}.",
        "presence.rival": (
            "Channels went where nobody looked: private, renamed, or on a platform that is not observed."
        ),
        "presence.rival.unseen": "Channels may have moved to platforms that are not observed: {unseen}.",
        "presence.rival.instrument": (
            "The instrument changed: {kind} on {day}. What looks like a fall may be a collector that sees less."
        ),
        "presence.mind": (
            "A fixed panel of channels, checked every week, that stays as active as before; or a rise of the same size "
            "on a platform that is not observed today."
        ),
        "presence.collect": (
            "To see it, collect sightings of some weeks before and after what was done, and a check of each channel "
            "every week."
        ),
        "presence.truth": "{change} over the same weeks.",
        # Following
        "following.fell": "The distinct weekly audience fell {change} {interval} in the {weeks} weeks after {start}.",
        "following.fell.ends": (
            "The distinct weekly audience fell {change} {interval} between the first {weeks} settled weeks and the "
            "last."
        ),
        "following.rose": (
            "The distinct weekly audience did not fall: it rose {change} {interval} in the {weeks} weeks after {start}."
        ),
        "following.rose.ends": (
            "The distinct weekly audience did not fall: it rose {change} {interval} between the first {weeks} settled "
            "weeks and the last."
        ),
        "following.open": (
            "Whether the distinct weekly audience fell in the {weeks} weeks after {start} cannot be told: the change "
            "is {change} {interval}."
        ),
        "following.open.ends": (
            "Whether the distinct weekly audience fell between the first {weeks} settled weeks and the last cannot be "
            "told: the change is {change} {interval}."
        ),
        "following.fell.counts": (
            "The sum of follower counts fell {change} {interval} in the {weeks} weeks after {start}; how many "
            "different people that is cannot be told from counts."
        ),
        "following.fell.counts.ends": (
            "The sum of follower counts fell {change} {interval} between the first {weeks} settled weeks and the last; "
            "how many different people that is cannot be told from counts."
        ),
        "following.rose.counts": (
            "The sum of follower counts did not fall: it rose {change} {interval} in the {weeks} weeks after {start}; "
            "how many different people that is cannot be told from counts."
        ),
        "following.rose.counts.ends": (
            "The sum of follower counts did not fall: it rose {change} {interval} between the first {weeks} settled "
            "weeks and the last; how many different people that is cannot be told from counts."
        ),
        "following.open.counts": (
            "Whether the sum of follower counts fell in the {weeks} weeks after {start} cannot be told: the change is "
            "{change} {interval}."
        ),
        "following.open.counts.ends": (
            "Whether the sum of follower counts fell between the first {weeks} settled weeks and the last cannot be "
            "told: the change is {change} {interval}."
        ),
        "following.detail": "A mean of {after} different people a week, against {before} in the {weeks} weeks before.",
        "following.detail.ends": (
            "A mean of {after} different people a week, against {before} in the first {weeks}. Nothing was marked as "
            "done in between."
        ),
        "following.detail.counts": "A mean sum of {after} a week, against {before} in the {weeks} weeks before.",
        "following.detail.counts.ends": (
            "A mean sum of {after} a week, against {before} in the first {weeks}. Nothing was marked as done in "
            "between."
        ),
        "following.whole": (
            "Over the whole period {people} different people were seen; adding up channels would have made it {sum}."
        ),
        "following.rival": (
            "People read without reacting: who only looks leaves no trace here, and may look as much as before."
        ),
        "following.mind": (
            "Views at equal age that stay level while the audience falls; or the same pseudonyms, on this platform, "
            "around other channels."
        ),
        "following.collect": (
            "To see it, collect one row for each follower or reader of a channel, under a pseudonym of the platform; "
            "or, poorer, follower counts."
        ),
        "following.truth": "{people} different people over the whole period.",
        # Enforcement
        "enforcement.reduced": (
            "The {kind} of {day} reduced weekly active channels by {change} {interval} over {weeks} weeks, against "
            "what the untouched platforms foretold; the placebos pass."
        ),
        "enforcement.coincided": (
            "The {kind} of {day} coincided with {change} {interval} fewer weekly active channels, over {weeks} weeks, "
            "than the weeks before foretold."
        ),
        "enforcement.coincided.before": (
            "The {kind} of {day} coincided with a fall of {change} {interval}; no counterfactual was computed, so "
            "nothing is said about its cause."
        ),
        "enforcement.open": (
            "Nothing that goes beyond chance coincided with the {kind} of {day}: over {weeks} weeks, active channels "
            "lay {change} {interval} from what the weeks before foretold."
        ),
        "enforcement.rose": (
            "The {kind} of {day} coincided with {change} {interval} more weekly active channels, over {weeks} weeks, "
            "than the weeks before foretold; not with fewer."
        ),
        "enforcement.why": "Not said to be its cause: no platform that was left alone was observed beside it.",
        "enforcement.why.placebos": "Not said to be its cause: the placebos do not hold what they promise.",
        "enforcement.risen": "Not used as a control, since presence rose there afterwards: {names}.",
        "enforcement.placebos": "On weeks where nothing was done the same method was right in {coverage} of trials.",
        "enforcement.detectable": "A change below {size} would not have been noticed.",
        "enforcement.rival": "Its growth was slowing by itself, or something else happened in the same weeks.",
        "enforcement.mind": (
            "A platform that was left alone and fell as much in the same weeks; or placebo dates that show a fall as "
            "large."
        ),
        "enforcement.collect": (
            "To see it, collect the date of what was done, and sightings of a platform that was left alone."
        ),
        "enforcement.truth": "{change} against its twin year without the takedown, over the same weeks.",
        # Recruitment
        "recruitment.stages": (
            "Of {whole} people at the stage “{before}”, {rate} {interval} were also at “{stage}”; sight ends at "
            "“{ends}”."
        ),
        "recruitment.readers": (
            "Of {whole} people at the stage “{before}”, {rate} {interval} were also at “{stage}”. There sight ends: no "
            "invitation and no contact is seen from here."
        ),
        "recruitment.detail": "This is consistent with a path into the group, and shows none: nobody is followed.",
        "recruitment.truth": "{contacted} of {invited} who were invited made contact.",
        "recruitment.rival": (
            "Those who would have joined anyway are those who look: what is seen may be their trace, not their road."
        ),
        "recruitment.mind": (
            "Joining, counted off the platform by somebody who may know it, that does not move when what is online "
            "moves."
        ),
        "recruitment.collect": (
            "To see it, collect the stages in aggregate: exposure, return, invitation link, contact; and from outside, "
            "how many joined."
        ),
        # Disillusion
        "disillusion.less": (
            "The supportive share of replies fell by {change} points {interval}: {within} {within_interval} within "
            "channels that stayed, the rest by channels that came or went."
        ),
        "disillusion.more": (
            "The supportive share of replies did not fall: it rose by {change} points {interval}, {within} "
            "{within_interval} within channels that stayed."
        ),
        "disillusion.open": (
            "Whether the supportive share of replies fell cannot be told: it changed by {change} points {interval}."
        ),
        "disillusion.within": "Only the part within channels can be a change of mind, and need not be.",
        "disillusion.truth": "{within} points within channels.",
        "disillusion.survey": "Asked “{question}”, {share} ± {margin} said so ({source}, {day}).",
        "disillusion.no_survey": "Replies are not the public, and no survey was given.",
        "disillusion.rival": "The supporters were removed or fell silent: who is left differs, no mind has changed.",
        "disillusion.mind": (
            "A change within channels that stayed, in the other direction; or surveys of the public that show support "
            "rising."
        ),
        "disillusion.collect": (
            "To see it, collect labels of a sample of replies with known inclusion probabilities, and surveys for what "
            "the public thinks."
        ),
        # Threats
        "threats.with": (
            "Each further active channel went with {times} times as many incidents {interval}, at a lag, in weeks, of "
            "{lag}."
        ),
        "threats.against": (
            "Each further active channel went with fewer incidents, {times} times as many {interval}, at a lag, in "
            "weeks, of {lag}."
        ),
        "threats.open": (
            "No association of presence with incidents goes beyond chance: {times} times as many for each further "
            "active channel {interval}, at a lag, in weeks, of {lag}."
        ),
        "threats.detail": "An association in time, and no more: nothing here shows that one brought about the other.",
        "threats.truth": "{times} times as many, at a lag, in weeks, of {lag}.",
        "threats.rival": (
            "Something outside moves both: a war, an arrest, an election. Presence may also follow incidents."
        ),
        "threats.mind": "Incidents that go on as before for a year after presence fell, on the same coverage.",
        "threats.collect": "To see it, collect incidents with date and country from a source that counts evenly.",
        # Growth
        "growth.scenario": (
            "Had the {fitted} weeks before {day} gone on, active channels would have changed by {weekly} {interval} a "
            "week, to {value} {value_interval} in the week of {end}."
        ),
        "growth.scenario.bare": (
            "Over the {fitted} settled weeks, active channels changed by {weekly} {interval} a week; carried on, that "
            "is the scenario."
        ),
        "growth.doubling": "At that rate they double in {doubling} weeks.",
        "growth.rival": "Growth ends by itself: there are only so many who would run such a channel.",
        "growth.mind": "A comparable group that nobody curbed and that levelled off.",
        "growth.collect": "To draw it, collect sightings of some weeks before anything was done.",
        "growth.truth": "{value} in that week of its twin year without the takedown.",
        # What stands above the claims
        "frame.seen": "Seen: {platforms}.",
        "frame.unseen": "Not seen: {platforms}.",
        "frame.unseen.none": "Not seen: everything else. Nobody has named the platforms that matter and are missing.",
        "frame.collector": "The collector changed: {kind} on {day}.",
        "frame.collector.none": "No change of the collector is on record.",
        "frame.versions": "Sightings come from more than one collector version: {versions}.",
        "frame.last": "Last complete week: that of {week}.",
        "frame.last.none": "No week is complete yet.",
        "frame.missing": "Weeks without a check: {weeks}; they count as unknown, not as silent.",
        "frame.question": "Asked: {question}",
        "frame.primary": "The plan names one metric, {primary}; all else stands beside it.",
        "frame.plan": "The plan was frozen on {day}, before the outcome was read: {hash}.",
        "frame.amended": "The plan was amended on {day}, when the outcome may have been known: {fields}.",
        "frame.amended.hash": "The plan as amended: {hash}.",
        # The claims at a glance
        "brief.change": "{change} {interval}",
        "brief.weekly": "{change} {interval} a week",
        "brief.points": "{change} points {interval}",
        "brief.times": "×{times} {interval}",
        "brief.truth": "in truth {change}",
        "frame.no_plan": "No plan was frozen before the outcome was read: treat this as exploration.",
        "quoted": "{text}",
        "undrawn": "Nothing to draw: {why}.",
        # How far to trust it
        "trust.calibrated": "Its interval was checked on data like these and holds.",
        "trust.failed": "Its interval was checked on data like these and does not hold: not calibrated.",
        "trust.unchecked": "Nobody has checked how often its interval holds on data like these.",
        "trust.placebo": "Placebo coverage: {coverage}.",
        "trust.detectable": "Smallest detectable change: {size}.",
        # The page around the claims
        "page.title": "Has it fallen, by how much, because of what, and where did it go?",
        "page.lead": (
            "Seven claims that people make about violent extremist presence online, and what these numbers can and "
            "cannot say of each. A grey row is an answer: it says what nobody here can see."
        ),
        "page.claims": "The seven claims",
        "page.rival": "Rival explanation",
        "page.mind": "What would change our mind",
        "page.truth": "The truth",
        "page.truth_lead": "These data are invented: beside each estimate stands what only their generator knows.",
        "page.charts": "Behind the claims",
        "page.trust": "How far to trust this",
        "page.method": "Method",
        "page.assumes": "It assumes",
        "page.warns": "It warns",
        "page.figures": "Every figure and its number",
        "page.figure": "Figure",
        "page.pointer": "Where it stands in the numbers",
        "page.value": "Value",
        "page.frame": "What was looked at",
        "page.foot": "Check it yourself",
        "page.hash": "SHA-256 of the numbers and sentences",
        "page.bundle": "SHA-256 of the bundle",
        "page.rerun": "Run it again",
        "page.download": "Download",
        "page.download.svg": "chart as SVG",
        "page.download.csv": "values as CSV",
        "page.numbers": "All numbers as JSON",
        "page.trace": "Every figure in a sentence stands in the JSON under the address that it shows when pointed at.",
        "page.nothing": "Nothing to draw yet.",
        "page.untitled": "Report",
        "section.presence": "Presence",
        "section.presence.lead": "How many channels were active each week, and what the weeks before foretold.",
        "section.effect": "Presence where something was done",
        "section.effect.lead": "Active channels of the treated platform, and what the weeks before foretold.",
        "section.following": "Following",
        "section.following.lead": (
            "How many different people followed or read each week, within each platform. Nobody is matched across "
            "platforms."
        ),
        "section.survival": "Survival",
        "section.survival.lead": "How long channels last once they are watched, by the quarter in which they began.",
        "section.views": "Views before removal",
        "section.views.lead": "How often an item had been seen when it was removed, by the month of its removal.",
        "section.displacement": "Displacement",
        "section.displacement.lead": "What fell here and rose elsewhere, over the platforms that are observed.",
        "section.reappearance": "Reappearance",
        "section.reappearance.lead": "How many operators opened another channel after theirs was removed.",
        "section.stance": "Stance",
        "section.stance.lead": "The supportive share of replies, by channel in aggregate; replies are not the public.",
        "section.overlap": "Overlap",
        "section.overlap.lead": "How much of the same content branches, languages and platforms share.",
        "section.growth": "The scenario",
        "section.growth.lead": "The weeks before, carried on. A scenario, not a forecast.",
    }
)
