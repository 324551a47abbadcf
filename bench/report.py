"""Tables of what was measured, for people on a terminal or for docs/performance.md."""

from collections.abc import Sequence

from bench.cases import WRITES, Measured

HEADS = ("case", "connections", "per second", "p50 ms", "p99 ms", "failed", "server µs", "generator CPU")


def rows(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    """One row of text per case and number of connections."""
    return [
        (
            one.case if one.pace is None else f"{one.case} at {one.pace:.0f}/s",
            str(one.connections),
            f"{one.result.per_second:.0f}",
            f"{one.result.percentile(0.5):.2f}",
            f"{one.result.percentile(0.99):.2f}",
            str(one.result.failed),
            f"{one.result.server_microseconds:.0f}",
            f"{one.result.generator_share:.0%}",
        )
        for one in measured
    ]


def table(measured: Sequence[Measured], *, markdown: bool) -> str:
    """The rows under their heads."""
    texts = [HEADS, *rows(measured)]
    if markdown:
        lines = [f"| {' | '.join(row)} |" for row in texts]
        return "\n".join([lines[0], "| --- |" + " ---: |" * (len(HEADS) - 1), *lines[1:]])
    widths = [max(len(row[column]) for row in texts) for column in range(len(HEADS))]
    lines = [[text.rjust(width) for text, width in zip(row, widths, strict=True)] for row in texts]
    return "\n".join("  ".join([row[0].ljust(widths[0]), *line[1:]]) for row, line in zip(texts, lines, strict=True))


def ratios(measured: Sequence[Measured], speeds: dict[str, float]) -> str:
    """How many times as many commands as `pgbench` transactions, at the most connections."""
    most = max(one.connections for one in measured)
    base = max(speeds.values())
    lines = [f"pgbench TPC-B, {mode} protocol: {speed:.0f} transactions/s" for mode, speed in speeds.items()]
    lines += [
        f"{one.case}: {one.result.per_second / base:.2f} times the faster of these"
        for one in measured
        if one.case in WRITES and one.connections == most and one.pace is None
    ]
    return "\n".join(lines)
