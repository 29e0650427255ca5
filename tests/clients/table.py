"""The table of what nc_py_api can do: each public method and property, with the checks that look at it.

Nothing is listed by hand: the methods come from the library's own objects, so a newer version with a new method fails
until somebody writes a check for it. A check says which methods it looks at, and each of them must really have been
called in it: the methods are wrapped, and the wrapper takes a note.
"""

import asyncio
import functools
import inspect
import traceback

from nc_py_api import NextcloudException, NextcloudMissingCapabilities

CHECKS = []
FLAVOURS = ("sync", "async")
# Seconds for one check.
PATIENCE = 60


def check(*methods, only=FLAVOURS):
    """Marks a function as a check of these methods, in both flavours of the library or in one."""

    def marked(function):
        CHECKS.append((function, methods, (only,) if isinstance(only, str) else only))
        return function

    return marked


async def go(value):
    """What the library returns: in one flavour it is a value, in the other one waits for it."""
    return await value if inspect.isawaitable(value) else value


class Table:
    """The methods of one flavour, and what became of them."""

    def __init__(self, flavour, root, further):
        self.flavour = flavour
        self.called = set()
        self.results = {}
        self.failures = []
        self._wrapped = set()
        self._take("nc", type(root))
        for name, part in parts_of(root):
            self._take(name, type(part))
            for inner, deeper in parts_of(part):
                self._take(f"{name}.{inner}", type(deeper))
        for name, kind in further.items():
            self._take(name, kind)

    async def run(self, world, words):
        for function, methods, flavours in CHECKS:
            name = function.__name__
            if self.flavour not in flavours or (words and not any(word in name for word in words)):
                continue
            self.called.clear()
            try:
                await asyncio.wait_for(function(world), PATIENCE)
                missed = [method for method in methods if method not in self.called]
                assert not missed, f"the check never calls {missed}"
            except Exception as problem:  # whatever goes wrong is the result of this check
                self.failures.append((name, problem, traceback.format_exc()))
                outcome = "FAILED"
            else:
                outcome = "ok"
            print(f"  {self.flavour:5} {outcome:6} {name.replace('_', ' ')}", flush=True)
            for method in methods:
                assert method in self.results, f"{name}: {method} is no method of the library"
                self.results[method].append(outcome)

    def unchecked(self):
        return sorted(method for method, outcomes in self.results.items() if not outcomes)

    def _take(self, prefix, kind):
        for owner in reversed(kind.__mro__):
            if not owner.__module__.startswith("nc_py_api"):
                continue
            for name, member in list(vars(owner).items()):
                if name.startswith("_") or not (inspect.isfunction(member) or isinstance(member, property)):
                    continue
                method = f"{prefix}.{name}"
                self.results.setdefault(method, [])
                if (owner, name) not in self._wrapped:
                    self._wrapped.add((owner, name))
                    setattr(owner, name, self._noting(method, member))

    def _noting(self, method, member):
        if isinstance(member, property):

            def read(instance):
                self.called.add(method)
                return member.fget(instance)

            return property(read)

        @functools.wraps(member)
        def called(*args, **kwargs):
            self.called.add(method)
            return member(*args, **kwargs)

        return called


def parts_of(thing):
    """The library's objects inside of this one, but not its connection."""
    for name, part in vars(thing).items():
        if not name.startswith("_") and type(part).__module__.startswith("nc_py_api"):
            yield name, part


def reads(thing):
    """All public properties of one of the library's records. Each is read: a field that is missing fails here."""
    kind = type(thing)
    names = [name for name in dir(kind) if not name.startswith("_") and isinstance(getattr(kind, name), property)]
    assert names, f"{kind.__name__} has no properties"
    return {name: getattr(thing, name) for name in names}


async def refused(status, method, *args, **kwargs):
    """Asserts that the library reports this status, as an exception of its own; the exception."""
    try:
        got = await go(method(*args, **kwargs))
    except NextcloudException as refusal:
        assert refusal.status_code == status, f"{refusal.status_code} instead of {status}: {refusal}"
        return refusal
    raise AssertionError(f"refused with {status} it should be, but it answered {got!r}")


async def missing(capability, method, *args, **kwargs):
    """Asserts that the library finds that the server lacks this capability."""
    try:
        got = await go(method(*args, **kwargs))
    except NextcloudMissingCapabilities as lack:
        assert capability in lack.info, lack.info
        return
    raise AssertionError(f"{capability} should be missing, but it answered {got!r}")


def equal(left, right):
    assert left == right, f"{left!r} is not {right!r}"
