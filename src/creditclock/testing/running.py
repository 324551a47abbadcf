"""A server in a thread of this process."""

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import uvicorn

from creditclock import main, serving
from creditclock.settings import Settings

PATIENCE_S: Final = 20.0


class Running:
    """A server on the test clock, with its SQLite database in a folder, on a port that is free."""

    def __init__(self, folder: Path, operator_password: str) -> None:
        self._settings = Settings(
            data=str(folder),
            listen="127.0.0.1:0",
            test_clock=True,
            lane="thread",
            operator_password=operator_password,
        )
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="creditclock server", daemon=True)
        self._server: uvicorn.Server | None = None
        self._error: BaseException | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._begun.wait(PATIENCE_S) or self._error is not None:
            raise RuntimeError(f"The server didn't start within {PATIENCE_S:.0f} s.") from self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        try:
            listener = serving.listen(self._settings)
            assembly = main.Assembly(self._settings)
            try:
                with asyncio.Runner(loop_factory=serving.loop_factory()) as runner:
                    runner.run(main.answer(assembly, main.landing(assembly), listener, self._ready))
            finally:
                assembly.close()
                listener.close()
        except BaseException as error:  # noqa: BLE001 - it is raised where the server was wanted
            self._error = error
        finally:
            self._begun.set()

    def _ready(self, server: uvicorn.Server, address: str) -> None:
        self._server = server
        self.url = address
        self._begun.set()
