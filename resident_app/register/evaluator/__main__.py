"""The evaluator's process: `python -m resident_app.register.evaluator`, which `flask evaluator` becomes."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Sequence

from resident_app.configuration import load_configuration
from resident_app.evaluator_address import Address, parse_addresses
from resident_app.private_files import use_private_umask
from resident_app.register.evaluator.attempts import CARD_LIMIT, DAY_SECONDS, AttemptLimit, Attempts, Budgets
from resident_app.register.evaluator.evaluator_client import TlsFiles, server_context
from resident_app.register.evaluator.hardening import harden
from resident_app.register.evaluator.server import Evaluator, EvaluatorServer
from resident_app.register.register_key import load_register_keys
from resident_app.security import event_log
from resident_app.settings import CANNOT_START, EvaluatorSettings, SettingsError, load_settings

_MONTH_SECONDS = 30 * DAY_SECONDS


def main() -> None:
    """Serve until SIGTERM. A wrong setting stops the start and is named."""
    use_private_umask()
    event_log.configure()
    try:
        settings = load_settings(EvaluatorSettings)
        addresses = parse_addresses(settings.evaluator_address)
        over_tcp = any(address.path is None for address in addresses)
        evaluator = Evaluator(load_register_keys(settings.register_key_path), make_attempts())
        tls = settings.tls_files
        context = server_context(TlsFiles(*tls)) if tls else None
        if over_tcp and context is None:
            raise SettingsError(
                "EVALUATOR_TLS_CERT is missing: it should be a certificate, because EVALUATOR_URL is tls://"
            )
    except (SettingsError, OSError) as error:
        event_log.refused_start(str(error))
        sys.exit(CANNOT_START)
    for measure in harden(without_network=not over_tcp):
        event_log.measure_refused(measure)
    server = EvaluatorServer(
        evaluator,
        context,
        on_fault=lambda error: event_log.failed("evaluator request", error),
        on_standby=event_log.standby,
        on_serving=lambda: event_log.started("evaluator"),
    )
    asyncio.run(_serve(server, addresses))


async def _serve(server: EvaluatorServer, addresses: Sequence[Address]) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    await server.serve(addresses, stopped)


def make_attempts(clock: Callable[[], float] = time.time, budgets: Budgets | None = None) -> Attempts:
    """Make empty counters under the limits of config/limits.toml."""
    rules = load_configuration().limits.checks
    limits = [
        AttemptLimit("card-and-source", rules.per_card_and_source),
        AttemptLimit(CARD_LIMIT, rules.per_card_from, drawn_to=rules.per_card_to),
        AttemptLimit("card-month", rules.per_card_30_days_from, _MONTH_SECONDS, rules.per_card_30_days),
        AttemptLimit("network", rules.per_network),
        AttemptLimit("network-56", rules.per_network_56),
        AttemptLimit("network-48", rules.per_network_48),
        AttemptLimit("caller", rules.per_caller),
        AttemptLimit("unverified-callers", rules.unverified_callers, is_shared=True),
        AttemptLimit("withheld-callers", rules.withheld_callers, is_shared=True),
    ]
    budgets = budgets or Budgets(
        rules.bucket_from, rules.bucket_to, rules.evaluations, rules.alarm_at, rules.evaluations_per_card
    )
    return Attempts(limits, budgets, clock, event_log.limit_reached)


if __name__ == "__main__":
    main()
