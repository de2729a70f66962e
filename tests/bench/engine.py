"""What the allocation alone costs, without Odoo and without a database.

`python tests/bench/engine.py [--rounds 5]`; each figure is the best of the rounds. The measure is
Python's own `sorted` over the ranks of the same demands as tuples, pool by pool as well as all at
once.
"""

import argparse
import pathlib
import random
import sys
import time

ADDON = pathlib.Path(__file__).resolve().parents[2] / "backorder_management"
sys.path.insert(0, str(ADDON))

from engine.allocation import Demand, Policy, Pool, Shipping, allocate
from engine.policies import fifo

NODE = 8
TIMES_SORTED = 10  # target
MILLISECONDS = 40  # target of one crowded pool
ROW = "{:<44}{:>9}{:>9}{:>9}  {}"


def best(rounds, work):
    """:return: (least milliseconds, what the work gave)"""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return min(times) * 1000, result


def make_pools(demands, pools, free, policy, whole_units=(1.0, 2.0, 3.0, 5.0)):
    """:return: (pools, the ranks of each pool's demands as tuples)"""
    rng = random.Random(1)
    grouped = [[] for _ in range(pools)]
    for n in range(1, demands + 1):
        group = rng.randrange(pools)
        grouped[group].append(
            Demand(
                id=n,
                pool=(group, 1),
                need=rng.choice(whole_units),
                nodes=(NODE,),
                order=rng.randrange(1, demands),
                line=n,
                seniority=rng.uniform(1.6e9, 1.8e9),
                promised=rng.uniform(1.7e9, 1.9e9),
                priority=rng.randrange(2),
                tier=rng.randrange(1, 4),
                value=rng.uniform(10, 9000),
                age=rng.uniform(0, 90),
            )
        )
    made = [Pool((n, 1), {NODE: free}, group, policy) for n, group in enumerate(grouped)]
    return made, [[fifo(d) for d in group] for group in grouped]


def many_pools(method, rounds, demands=100_000, pools=10_000):
    policy = Policy(method, weights=(("promised", 1.0), ("value", 1.0)))
    made, ranks = make_pools(demands, pools, 10.0, policy)
    everything = [key for group in ranks for key in group]
    at_once, _keys = best(rounds, lambda: sorted(everything))
    by_pool, _keys = best(rounds, lambda: [sorted(group) for group in ranks])
    spent, _plan = best(rounds, lambda: allocate(made, keep=True))
    figures = [f"{spent:.0f}", f"{spent / at_once:.1f}x", f"{spent / by_pool:.1f}x"]
    name = f"{method}: {demands:,} demands, {pools:,} pools"
    verdict = "ok" if spent <= TIMES_SORTED * at_once else "MISSED"
    print(ROW.format(name, *figures, f"{verdict}: at most {TIMES_SORTED} x sorted, all at once"))


def one_pool(name, rounds, demands=8000, free=50.0, rule=None, target=None, **policy):
    (pool,), _ranks = make_pools(demands, 1, free, Policy(**policy), (1.0,))[0], None
    for demand in pool.demands:
        demand.order = demand.id
    shipping = {d.order: rule for d in pool.demands} if rule else None
    spent, plan = best(rounds, lambda: allocate([pool], shipping, keep=True))
    served = sum(result.after > result.before for result in plan.results.values())
    verdict = "" if target is None else "ok" if spent < target else "MISSED"
    verdict = f"{verdict}: under {target} ms" if verdict else f"{served} served"
    print(ROW.format(f"one pool, {demands:,} wait: {name}", f"{spent:.1f}", "", "", verdict))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(ROW.format("case", "ms", "all", "by pool", ""))
    for method in ("fifo", "promised_date", "priority", "tier", "largest", "weighted"):
        many_pools(method, rounds)
    one_pool("50 free", rounds, target=MILLISECONDS)
    for sharing in ("proportional", "even", "complete"):
        one_pool(sharing, rounds, sharing=sharing)
    for rule in ("lines", "whole", "minimum"):
        one_pool(rule, rounds, rule=Shipping(rule, 1.0, "quantity"))


if __name__ == "__main__":
    main()
