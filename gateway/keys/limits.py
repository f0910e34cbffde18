"""Rate limits per key, and of wrong keys per address, counted in Redis so that all gateways share them."""

import ipaddress
import time

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter

from gateway.stores.redis import RedisCalls, RedisUnavailableError
from web.problems import InvalidRequestError, RateLimitedError, TooManyWrongKeysError

CHECKS = Counter("hexaface_rate_limit_checks_total", "Requests checked against their key's limit", ["result"])
WRONG_KEYS = Counter(
    "hexaface_wrong_keys_total", "Keys that are not valid, checked against their address's limit", ["result"]
)

# Whoever has one IPv6 address usually has all of its network.
_IPV6_NETWORK = 64


class RateLimits:
    """Sliding-window counters (two buckets, weighted): no burst at a window's edge, two numbers per key.

    While Redis is away requests are allowed and counted as `unchecked`: the bounded queues of the services still
    protect the machine, and a cache that fails shall not take the product down.
    """

    def __init__(self, calls: RedisCalls, *, default: str, wrong_keys: str) -> None:
        """`default`: for keys without a limit of their own; `wrong_keys`: for each address."""
        self._calls = calls
        self._default = parse(default)
        self._wrong_keys = parse(wrong_keys)
        self._strategy = None
        if calls.pool:
            storage = RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix="hexaface:limits",
                connection_pool=calls.pool,  # type: ignore[arg-type]  # its annotation leaves out what its code takes
            )
            self._strategy = SlidingWindowCounterRateLimiter(storage)

    async def charge(self, key_id: str, limit: str | None, cost: int = 1, *, paid: int = 0) -> None:
        """Count `cost` requests of a key, less those that are `paid`. Raises RateLimitedError; InvalidRequestError when no wait would be enough."""
        if self._strategy is None or cost <= paid:
            return
        item = parse(limit) if limit else self._default
        if cost > item.amount:
            raise InvalidRequestError(
                f"{_allowance(item)}, and each picture counts as one; send fewer at once"
            )
        wait = await self._hit(item, key_id, cost - paid, CHECKS)
        if wait is not None:
            raise RateLimitedError(_allowance(item), retry_after=wait)

    async def note_wrong_key(self, address: str) -> None:
        """Count a key that is not valid. Raises TooManyWrongKeysError when its address has sent too many."""
        item = self._wrong_keys
        wait = await self._hit(item, f"address:{_network(address)}", 1, WRONG_KEYS)
        if wait is not None:
            reason = f"this address may send {item.amount} wrong keys per {item.GRANULARITY.name}"
            raise TooManyWrongKeysError(reason, retry_after=wait)

    async def _hit(self, item: RateLimitItem, name: str, cost: int, checks: Counter) -> float | None:
        """Count something, and the result in `checks`; the seconds to wait when it is refused."""
        strategy, wait = self._strategy, None
        if strategy is None:
            return None
        try:
            if not await self._calls.run(lambda _: strategy.hit(item, name, cost=cost)):
                stats = await self._calls.run(lambda _: strategy.get_window_stats(item, name))
                wait = max(1.0, stats.reset_time - time.time())
        except RedisUnavailableError:
            checks.labels("unchecked").inc()
        else:
            checks.labels("allowed" if wait is None else "refused").inc()
        return wait


def exceeds(limit: str, ceiling: str) -> bool:
    """Whether a limit ever allows more requests than another: at once, or over time."""
    wanted, most = parse(limit), parse(ceiling)
    return wanted.amount * max(1.0, most.get_expiry() / wanted.get_expiry()) > most.amount


def _allowance(item: RateLimitItem) -> str:
    return f"this key may make {item.amount} requests per {item.GRANULARITY.name}"


def _network(address: str) -> str:
    """What an address is counted as: itself, or its network where one client has many."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _IPV6_NETWORK), strict=False))
    return str(found)
