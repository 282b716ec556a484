"""``abate measure …``: has it fallen? Each answer as numbers, as JSON, and as a chart."""

import typer

from abate.cli.measuring import (
    change,
    check,
    claims,
    displacement,
    effect,
    import_,
    overlap,
    prevalence,
    quality,
    reappearance,
    recruitment,
    report,
    rollup,
    sample,
    stance,
    study,
    survival,
    synthetic,
    threat,
    verify,
    weekly,
)

app = typer.Typer(no_args_is_help=True, help="Has it fallen? From the store's history, or from tables you collected.")
app.command("presence")(weekly.presence)
app.command("following")(weekly.following)
app.command("reach")(weekly.reach)
app.command("rollup")(rollup.rollup)
app.command("survival")(survival.survival)
app.command("synthetic")(synthetic.synthetic)
app.command("check")(check.check)
app.command("threat")(threat.threat)
app.command("reappearance")(reappearance.reappearance)
app.command("quality")(quality.quality)
app.command("displacement")(displacement.displacement)
app.command("prevalence")(prevalence.prevalence)
app.command("stance")(stance.stance)
app.command("recruitment")(recruitment.recruitment)
app.command("overlap")(overlap.overlap)
app.command("sample")(sample.sample)
app.command("claims")(claims.claims)
app.command("study")(study.study)
app.command("verify")(verify.verify)
app.command("report")(report.report)
app.command("effect")(effect.effect)
app.command("change")(change.change)
app.command("import")(import_.import_)
