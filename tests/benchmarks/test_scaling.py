"""The simulation against what queueing theory knows, and against the real batcher."""

from random import Random

import numpy as np
import pytest

from benchmarks.page import renew
from benchmarks.scaling.autoscaling import Autoscaler, Policy
from benchmarks.scaling.check import compare
from benchmarks.scaling.gallery import gallery
from benchmarks.scaling.simulation import Clock, Cost, Pipeline, Service, arrivals
from benchmarks.scaling.sizing import smallest

TENTH = Cost((1,), (0.1,))


def waits(load, *, cost=TENTH, seconds=20_000.0, **options):
    """Seconds from sending to answer, of single items at a Poisson rate that gives one replica this load."""
    clock, random, times = Clock(), Random(1), []
    service = Service(clock, cost, **{"max_batch": 1} | options)

    def send():
        sent = clock.now
        service.submit(1, lambda ok: times.append(clock.now - sent) if ok else None)

    rate = load / cost.mean(1)
    for at in arrivals(lambda _: rate, rate, seconds, random):
        clock.after(at, send)
    clock.run(seconds * 2)
    return times, service


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_one_replica_waits_as_pollaczek_and_khinchine_say(load):
    """M/D/1: mean time = s + load * s / (2 (1 - load))."""
    times, _ = waits(load)

    assert np.mean(times) == pytest.approx(0.1 + load * 0.1 / (2 * (1 - load)), rel=0.05)


def test_a_full_queue_refuses_and_the_rest_is_answered_at_the_replicas_pace():
    times, service = waits(3.0, seconds=500, max_queue=8)

    assert len(times) == pytest.approx(500 / 0.1, rel=0.02)
    assert service.refused == pytest.approx(2 * len(times), rel=0.1)
    assert max(times) <= 0.1 * 10 + 1e-9


def test_batches_carry_a_load_that_single_runs_cannot():
    cost = Cost((1, 16), (0.1, 0.2))

    assert np.mean(waits(2.0, cost=cost, max_batch=16, seconds=500)[0]) < 0.4
    assert np.mean(waits(2.0, cost=cost, max_batch=1, seconds=500, max_queue=10_000)[0]) > 50


def test_every_picture_is_answered_or_refused_once():
    clock, random = Clock(), Random(2)
    services = {name: Service(clock, TENTH, max_queue=4) for name in ("gateway", "detector", "a", "b")}
    pipeline = Pipeline(clock, services["gateway"], services["detector"], {n: services[n] for n in "ab"})
    sent = 0
    for at in arrivals(lambda _: 12.0, 12.0, 100, random):
        clock.after(at, lambda faces=sent % 4: pipeline.analyze(faces))
        sent += 1
    clock.run(500)

    assert sent == len(pipeline.answers.seconds) + len(pipeline.answers.refused)
    assert pipeline.answers.refused
    assert min(pipeline.answers.seconds) >= 0.2 - 1e-9


def replicas_after(policy, *, seconds=1_800):
    """Five replicas' worth of work for ten minutes, then nothing."""
    clock, random = Clock(), Random(3)
    service = Service(clock, TENTH, replicas=policy.least, max_queue=100_000)
    scaler = Autoscaler(clock, service, policy)
    for at in arrivals(lambda now: 50 if now < 600 else 0, 50, 600, random):
        clock.after(at, lambda: service.submit(1, lambda _: None))
    clock.run(seconds)
    return [ready for _, ready in scaler.history]


def test_the_autoscaler_follows_a_burst_and_leaves_after_the_window():
    ready = replicas_after(Policy(busy=0.7, least=1, most=12))

    assert max(ready) >= 6
    assert ready[590 // 15] >= 6
    assert ready[-1] == 1


def test_a_deep_queue_as_the_only_trigger_lets_replicas_go_while_they_are_needed():
    """What the chart asked for until now: once the queue is gone nothing says that the replicas are busy."""
    ready = replicas_after(Policy(queue=24, least=1, most=12, stay_seconds=60))

    needed = ready[300 // 15 : 590 // 15]
    assert min(needed) < 5


def test_the_real_batcher_behaves_as_it_is_simulated():
    found = compare(Cost((1, 8), (0.03, 0.08)), load=0.7, seconds=6, max_batch=8)

    assert found.simulated.batch == pytest.approx(found.real.batch, rel=0.35)
    assert found.simulated.median == pytest.approx(found.real.median, rel=0.5)


def test_a_page_keeps_its_words_and_gets_new_tables(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a -->\nold\n<!-- end -->\nafter\n<!-- b -->\nkept\n<!-- end -->\n")

    renew(page, {"a": "new\n"})

    assert (
        page.read_text()
        == "before\n<!-- a -->\n\nnew\n\n<!-- end -->\nafter\n<!-- b -->\nkept\n<!-- end -->\n"
    )
    with pytest.raises(ValueError, match="no place"):
        renew(page, {"c": "new"})


def test_the_smallest_number_of_replicas_is_the_one_below_which_the_time_is_missed():
    found = smallest(TENTH, rate=50, seconds=60, within=0.4)

    assert 5 < found <= 9


def test_a_gallery_of_a_hundred_million_needs_the_memory_that_its_rows_and_index_add_up_to():
    found = gallery(100_000_000)

    assert found.index_gib == pytest.approx(100_000_000 * 660 / 2**30, rel=0.05)
    assert found.partitions * found.faces_each >= 100_000_000
    assert found.heap_gib > found.index_gib
