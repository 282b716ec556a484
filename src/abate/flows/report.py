"""The report: of a bundle, of a plan that nobody froze, or of the store's own history."""

from pathlib import Path

from abate.domain.errors import InputError
from abate.flows.claims import claims_from_store
from abate.flows.kit import Asking
from abate.flows.study import draft, read_bundle
from abate.measurement.report.markdown import markdown
from abate.measurement.report.page import Page, document, page_of

RIGHT_TO_LEFT = "rtl"
_WRITERS = {".html": document, ".htm": document, ".md": markdown}


def report(kit: Asking, *, bundle: Path | None, plan: Path | None, out: Path) -> Page:
    """Write the report; the suffix of ``out`` says whether as HTML or as Markdown.

    :raises InputError: when there is nothing to report, a file cannot be read or written, or the suffix is another
    """
    writer = _WRITERS.get(out.suffix.lower())
    if writer is None:
        msg = f"the suffix is {out.suffix!r}; name a file that ends in .html or .md"
        raise InputError(msg, where=str(out))
    if bundle is not None and plan is not None:
        msg = "give a bundle or --study, not both: a bundle holds its own plan"
        raise InputError(msg)
    page = _page(kit, bundle, plan, out)
    try:
        out.write_text(writer(page), "utf-8")
    except OSError as error:
        msg = f"the report cannot be written ({error.strerror}); name another file"
        raise InputError(msg, where=str(out)) from error
    return page


def _page(kit: Asking, bundle: Path | None, plan: Path | None, out: Path) -> Page:
    if bundle is not None:
        return read_bundle(bundle)
    if plan is not None:
        settled, judged = draft(kit, plan)
        command = f"abate measure report --study {plan.name} --out {out.name}"
        return page_of(judged.claims, judged.charts, command=command, title=settled.title, invented=judged.invented)
    judged = claims_from_store(kit)
    command = f"abate measure report --out {out.name}"
    return page_of(judged.claims, judged.charts, command=command, invented=judged.invented)
