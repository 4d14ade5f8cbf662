"""Named errors: what an operation says when it refuses (docs/errors.md lists every code)."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: its code, the parameter at fault (a dotted path as in REST), and help in words."""

    code: str
    parameter: str
    message: str


class OperationRefused(Exception):
    """An operation refused; nothing was changed. Carries one fault or several of the same status."""

    status: int = HTTPStatus.BAD_REQUEST

    def __init__(self, code: str, message: str, parameter: str = "", *, others: Sequence[Fault] = ()) -> None:
        self.faults: tuple[Fault, ...] = (Fault(code, parameter, message), *others)
        super().__init__(message)

    @property
    def code(self) -> str:
        """The first fault's code."""
        return self.faults[0].code

    @property
    def parameter(self) -> str:
        """The first fault's parameter."""
        return self.faults[0].parameter

    @property
    def message(self) -> str:
        """The first fault's words."""
        return self.faults[0].message


class NotAllowed(OperationRefused):
    """The actor lacks the operation's permission."""

    status = HTTPStatus.FORBIDDEN

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__("PERMISSION-DENIED", f"This needs the permission {permission}.")


class RequestIdConflict(OperationRefused):
    """The client used this requestId before, for another operation or body."""

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(
            "REQUEST-ID-CONFLICT", "This requestId was used before, with another body or operation.", "requestId"
        )


class Stale(OperationRefused):
    """The entity changed since the client read it."""

    status = HTTPStatus.PRECONDITION_FAILED

    def __init__(self) -> None:
        super().__init__("PRECONDITION-FAILED", "The entity has changed since it was read; read it again.", "If-Match")


def invalid(faults: Sequence[Fault]) -> OperationRefused:
    """Return one refusal that carries all the faults, the first one leading."""
    first = faults[0]
    return OperationRefused(first.code, first.message, first.parameter, others=faults[1:])


def malformed(parameter: str, message: str) -> Fault:
    """Return the fault for a value that is malformed or out of range."""
    return Fault("REQUEST-VALIDATION", parameter, message)


def refuse(fault: Fault) -> OperationRefused:
    """Return the refusal for one fault."""
    return invalid([fault])
