"""What the edge counts: connections, what waits, and what was refused before it was begun."""

from creditclock.measures.counting import Measures, Sample
from creditclock.web.admission import Admission
from creditclock.web.bodies import MOST_BYTES
from creditclock.web.certificates import Certificate
from creditclock.web.limits import Limits
from creditclock.web.traffic import Traffic


def measure_edge(measures: Measures, limits: Limits, admission: Admission, traffic: Traffic) -> None:
    """Tell what limits, admission and connections count."""
    measures.gauge("creditclock_connections", "Connections that are open.", lambda: traffic.connections)
    measures.gauge(
        "creditclock_connections_most",
        "How many there may be: the setting, or what the system lets be open. Worry at 80 % of it.",
        lambda: traffic.most or None,
    )
    measures.read(
        "creditclock_connections_ended_total",
        "counter",
        "Connections that were ended before a request was understood, by reason: malformed, head_too_large, too_slow, "
        "busy (too many), closed (without a word). Worry when they grow fast: somebody tries to break the server.",
        lambda: [Sample("", {"reason": reason}, number) for reason, number in sorted(traffic.ended.items())],
    )
    measures.gauge(
        "creditclock_http_waiting",
        "Requests that were begun and are not answered yet, event streams aside. Worry above half of "
        "`requests_in_flight`: reads are refused from there on.",
        lambda: admission.waiting,
    )
    measures.gauge(
        "creditclock_http_body_bytes",
        f"Bytes of bodies whose requests are not answered yet; {MOST_BYTES} at most. Worry above half: strangers are "
        "refused from there on.",
        lambda: admission.bodies.held,
    )
    measures.read(
        "creditclock_overload_refusals_total",
        "counter",
        "Requests that were refused because too much waited, by kind: page, read, write, keep (renew and stop), body "
        "(too many bytes of bodies were held). Worry about any keep.",
        lambda: [Sample("", {"kind": kind}, number) for kind, number in _refused(admission)],
    )
    measures.read(
        "creditclock_rate_refusals_total",
        "counter",
        "Requests refused because more came than allowed, by whose limit it was: master, caller, key or source.",
        lambda: [Sample("", {"per": per}, number) for per, number in sorted(limits.refused.items())],
    )


def _refused(admission: Admission) -> list[tuple[str, int]]:
    return sorted({**admission.refused, "body": admission.bodies.refused}.items())


def measure_certificate(measures: Measures, certificate: Certificate | None) -> None:
    """Tell when the certificate ends."""
    measures.gauge(
        "creditclock_certificate_end_timestamp_seconds",
        "When the TLS certificate ends; nothing without one. Worry two weeks before.",
        lambda: certificate.expires_at if certificate else None,
    )
