"""Rate limits per key, counted in Redis so that all gateways share them."""

import time

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter

from gateway.stores.redis import RedisCalls, RedisUnavailableError
from web.problems import InvalidRequestError, RateLimitedError

CHECKS = Counter("hexaface_rate_limit_checks_total", "Requests checked against their key's limit", ["result"])


class RateLimits:
    """Sliding-window counters (two buckets, weighted): no burst at a window's edge, two numbers per key.

    While Redis is away requests are allowed and counted as `unchecked`: the bounded queues of the services still
    protect the machine, and a cache that fails shall not take the product down.
    """

    def __init__(self, calls: RedisCalls, *, default: str) -> None:
        self._calls = calls
        self._default = parse(default)
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
        strategy = self._strategy
        if strategy is None or cost <= paid:
            return
        item = parse(limit) if limit else self._default
        if cost > item.amount:
            raise InvalidRequestError(
                f"{_allowance(item)}, and each picture counts as one; send fewer at once"
            )
        try:
            allowed = await self._calls.run(lambda _: strategy.hit(item, key_id, cost=cost - paid))
            if not allowed:
                raise await self._refusal(item, key_id)
        except RedisUnavailableError:
            CHECKS.labels("unchecked").inc()
        else:
            CHECKS.labels("allowed").inc()

    async def _refusal(self, item: RateLimitItem, key_id: str) -> RateLimitedError:
        CHECKS.labels("refused").inc()
        strategy, seconds = self._strategy, float(item.get_expiry())
        if strategy is not None:
            stats = await self._calls.run(lambda _: strategy.get_window_stats(item, key_id))
            seconds = max(1.0, stats.reset_time - time.time())
        return RateLimitedError(_allowance(item), retry_after=seconds)


def exceeds(limit: str, ceiling: str) -> bool:
    """Whether a limit ever allows more requests than another: at once, or over time."""
    wanted, most = parse(limit), parse(ceiling)
    return wanted.amount * max(1.0, most.get_expiry() / wanted.get_expiry()) > most.amount


def _allowance(item: RateLimitItem) -> str:
    return f"this key may make {item.amount} requests per {item.GRANULARITY.name}"
