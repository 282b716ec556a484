"""``abate measure …``: has it fallen? Each answer as numbers, as JSON, and as a chart."""

import typer

from abate.cli.measuring import survival, weekly

app = typer.Typer(no_args_is_help=True, help="Has it fallen? From the store's history, or from tables you collected.")
app.command("presence")(weekly.presence)
app.command("following")(weekly.following)
app.command("survival")(survival.survival)
