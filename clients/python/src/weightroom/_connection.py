# SPDX-License-Identifier: GPL-3.0-or-later
"""The thread that owns a socket.

It alone reads and writes: callers hand it what they want and wait for their answers. So a signal in a caller's thread
never leaves half a request on the wire, and one that waits never holds up another.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Optional

from ._call import Call, Outcome
from ._descriptors import receive
from ._events import EventStream
from ._messages import LineSplitter, parse_message
from ._session import LostConnection, Session
from .errors import ConnectionLostError

_CHUNK = 1 << 18


_open: weakref.WeakSet[Connection] = weakref.WeakSet()


def _let_go_in_child() -> None:
    """After a fork: what the parent has open would keep its leases alive when it ends."""
    for connection in _open:
        connection.let_go()


os.register_at_fork(after_in_child=_let_go_in_child)


class Connection:
    """A connected socket, shared by threads. Its thread ends with it, and with the program."""

    def __init__(self, connected: socket.socket, on_lost: Callable[[str], None] = lambda reason: None) -> None:
        """Take over a connected socket. `on_lost` is called once, with the reason, when it has ended."""
        self._on_lost = on_lost
        self._socket = connected
        self._socket.setblocking(False)
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        # Guards that the writer is open while it is used. A garbage collection may come in between and close a client.
        self._wake_lock = threading.RLock()
        self._session = Session()
        self._lines = LineSplitter()
        self._wishes: deque[Callable[[], None]] = deque()
        self._is_closing = False
        self._reason: Optional[str] = None  # set when it has ended
        self._process = os.getpid()
        _open.add(self)
        self._thread = threading.Thread(target=self._run, name="weightroom", daemon=True)
        self._thread.start()

    # On callers' threads

    def submit(self, call: Call) -> None:
        """Send a call. Raises ConnectionLostError."""
        self._wish(lambda: self._session.submit(call))
        self._end_if_lost(call)

    def abandon(self, call: Call) -> None:
        """Cancel a call; it still has to be waited for."""
        self._wish(lambda: self._session.abandon(call))

    def subscribe(self, stream: EventStream, call: Call) -> None:
        """Send a call that asks for the topics of `stream`. Raises ConnectionLostError."""
        self._wish(lambda: self._session.subscribe(stream, call))
        self._end_if_lost(call)

    def unsubscribe(self, stream: EventStream) -> None:
        """Forget a stream."""
        self._wish(lambda: self._session.unsubscribe(stream))

    def end_calls(self, reason: str) -> None:
        """Let all who wait go; the connection stays."""
        self._wish(lambda: self._session.end_calls(reason))

    @property
    def is_lost(self) -> bool:
        """Whether it has ended."""
        return self._reason is not None

    def let_go(self) -> None:
        """Close this process's own ends, in a child whose parent goes on with the connection."""
        for end in (self._socket, self._wake_reader, self._wake_writer):
            end.close()

    def request_close(self) -> None:
        """Let the thread end by itself; from anywhere."""
        self._is_closing = True
        self._wake()

    def close(self) -> None:
        """End the connection: the engine cancels what runs for it, and who waits gets ConnectionLostError."""
        self.request_close()
        self._thread.join()

    def _wish(self, wish: Callable[[], None]) -> None:
        if os.getpid() != self._process:
            raise ConnectionLostError("a process that was forked needs a Client of its own")
        if self._reason is None:
            self._wishes.append(wish)
            self._wake()

    def _end_if_lost(self, call: Call) -> None:
        # The thread sets the reason before it looks for wishes a last time: either it sees this one, or we see that.
        if self._reason is not None:
            call.end(Outcome(error=ConnectionLostError(self._reason)))

    def _wake(self) -> None:
        with self._wake_lock:
            if self._wake_writer.fileno() < 0:
                return
            try:
                self._wake_writer.send(b"\0")
            except BlockingIOError:
                pass  # it has been woken often enough

    # On its own thread

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._wake_reader, selectors.EVENT_READ)
                selector.register(self._socket, selectors.EVENT_READ)
                while not self._is_closing:
                    self._turn(selector)
            reason = "this client was closed"
        except LostConnection as lost:
            reason = str(lost)
        except OSError as error:
            reason = f"the connection to the engine was lost: {error}"
        except Exception as error:  # whatever it is: nobody may wait for ever
            reason = f"this client does not understand the engine: {error!r}"
        self._lose(reason)

    def _turn(self, selector: selectors.BaseSelector) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._session.outgoing else 0)
        selector.modify(self._socket, events)
        for key, ready in selector.select():
            if key.fileobj is self._wake_reader:
                self._wake_reader.recv(4096)
            elif ready & selectors.EVENT_READ:
                self._receive()
        self._carry_out()
        self._send()

    def _carry_out(self) -> None:
        while self._wishes:
            self._wishes.popleft()()

    def _receive(self) -> None:
        try:
            data = receive(self._socket, _CHUNK, self._session.descriptors)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""  # it went without reading all that it was asked
        if not data:
            raise LostConnection("the engine has ended, or has closed the connection")
        for line in self._lines.feed(data):
            self._session.receive(parse_message(line))

    def _send(self) -> None:
        outgoing = self._session.outgoing
        if not outgoing:
            return
        try:
            del outgoing[: self._socket.send(outgoing, socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            outgoing.clear()  # what the engine has said before it went can still be read

    def _lose(self, reason: str) -> None:
        self._reason = reason
        try:
            # A process that was forked has the socket too: the engine is to see the end all the same.
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the engine has ended it
        self._socket.close()
        with self._wake_lock:
            self._wake_writer.close()
        self._wake_reader.close()
        self._session.lose(reason)
        while self._wishes:  # of callers who came in between
            self._wishes.popleft()()
        self._session.lose(reason)
        self._on_lost(reason)
