"""The whole site: every route by name, the guard in front, the errors' one shape. Nothing is found by magic."""

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

import abate
from abate.domain.errors import AbateError
from abate.flows.deciding import Deciders
from abate.flows.kit import Kit
from abate.flows.warming import Warming
from abate.web import entry, forms, machine, problems
from abate.web.api import decide, items, reading, work
from abate.web.console import (
    account,
    banks,
    entrance,
    measure,
    orders,
    records,
    review,
    rule_steps,
    rules,
    rules_edit,
    today,
    users,
)
from abate.web.door import Guarded
from abate.web.runs import Runs

BODY_LIMIT = 256 * 1024
"""Of every route that does not say otherwise: the longest form of the console fits several times."""


def make(kit: Kit, *, warming: Warming | None = None) -> Litestar:
    """Return the application.

    :param warming: what ``/ready`` waits for, besides store and clocks; whoever gives it runs it
    :raises ImproperlyConfiguredException: when a route names no permission
    """
    deciders, runs = Deciders(kit), Runs()
    app = Guarded(
        hosts=kit.settings.hosts.split(","),
        route_handlers=[_api(), _console(), machine.health, machine.ready, machine.static],
        state=State({"kit": kit, "deciders": deciders, "runs": runs, "warming": warming}),
        on_shutdown=[deciders.close, runs.close],
        middleware=[entry.WhoIsAsking],
        guards=[entry.guard],
        exception_handlers={
            AbateError: problems.on_our_error,
            HTTPException: problems.on_http_error,
            Exception: problems.on_surprise,
        },
        request_max_body_size=BODY_LIMIT,
        openapi_config=_openapi(),
        logging_config=None,
        debug=False,
    )
    list(entry.routes(app))  # a route without a permission ends the start, not the first request
    return app


def _api() -> Router:
    return Router(
        path=entry.API_PREFIX,
        security=[{"token": []}],
        route_handlers=[
            items.submit,
            decide.decide,
            work.list_cases,
            work.show_case,
            work.decide,
            work.undo,
            work.list_orders,
            work.receive_order,
            work.show_order,
            work.pause,
            work.resume,
            work.execute,
            work.reply,
            work.list_due,
            reading.presence,
            reading.following,
            reading.survival,
            reading.claims,
            reading.audit,
        ],
    )


def _console() -> Router:
    return Router(
        path="/",
        include_in_schema=False,
        dependencies={"form": Provide(forms.read_form)},
        route_handlers=[
            entrance.login_page,
            entrance.log_in,
            entrance.log_out,
            today.today,
            review.queue_page,
            review.case_page,
            review.decide,
            review.undo,
            review.picture,
            orders.orders_page,
            orders.new_page,
            orders.receive,
            orders.order_page,
            orders.execute,
            orders.pause,
            orders.resume,
            orders.reply,
            orders.reject,
            orders.authenticate,
            measure.measure_page,
            measure.chart_file,
            measure.numbers_file,
            banks.banks_page,
            banks.bank_page,
            banks.set_bank,
            banks.opine,
            banks.release,
            banks.set_stance,
            banks.set_end,
            rules.rules_page,
            rules.rule_page,
            rules_edit.new_page,
            rules_edit.edit_page,
            rules_edit.save,
            rules_edit.check,
            rules_edit.words_file,
            rule_steps.try_out,
            rule_steps.shadow,
            rule_steps.ask,
            rule_steps.approve,
            rule_steps.withdraw,
            rule_steps.refuse,
            rule_steps.share,
            rule_steps.retire,
            rule_steps.roll_back,
            rule_steps.seen,
            records.actions_page,
            records.retry,
            records.audit_page,
            account.account_page,
            account.change_password,
            account.set_factor,
            account.remove_factor,
            account.issue_token,
            account.revoke_token,
            account.set_direction,
            users.users_page,
            users.add,
            users.set_roles,
            users.reset_password,
            users.reset_factor,
            users.disable,
            users.enable,
        ],
    )


def _openapi() -> OpenAPIConfig:
    scheme = SecurityScheme(type="http", scheme="bearer", description="An API token, abt_…")
    return OpenAPIConfig(
        title="abate",
        version=abate.__version__,
        path="/schema",
        components=Components(security_schemes={"token": scheme}),
        render_plugins=[items.SchemaWithItems(path="/openapi.json")],
        openapi_router=Router(
            path="/schema", route_handlers=[], opt={"permission": entry.PUBLIC}, include_in_schema=False
        ),
    )
