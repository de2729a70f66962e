"""The rules that find a cause, on examples worked out by hand."""

import unittest
from dataclasses import replace
from datetime import date, timedelta

from odoo.addons.backorder_management.engine.causes import Facts, Receipt, choose, find_causes

OPENED = date(2026, 5, 4)
TODAY = date(2026, 5, 10)
FACTS = Facts(opened=OPENED, today=TODAY, short=10.0)


def day(offset):
    """So many days after the item was opened."""
    return OPENED + timedelta(days=offset)


def receipt(first, planned, done=False, placed=-10, quantity=10.0, name="P0012"):
    return Receipt(name, day(first), day(planned), day(placed), quantity, done)


def found(**changes):
    return [f.code for f in find_causes(replace(FACTS, **changes))]


class TestVendorLate(unittest.TestCase):
    def test_moved(self):
        """Promised the day before the item was opened, now in a week."""
        [finding] = find_causes(replace(FACTS, receipts=(receipt(-1, 8),)))
        self.assertEqual((finding.code, finding.kind), ("vendor_late", "moved"))
        self.assertEqual(
            finding.values, {"name": "P0012", "first": "2026-05-03", "date": "2026-05-12"}
        )

    def test_kinds(self):
        for arrival, kind in (
            (receipt(-1, -1), "overdue"),
            (receipt(-1, 6), "moved"),
            (receipt(-1, 3, done=True), "received"),
        ):
            [finding] = find_causes(replace(FACTS, receipts=(arrival,)))
            self.assertEqual(finding.kind, kind)

    def test_on_time(self):
        """Comes when it was promised, came before, came on the day, is due today."""
        for arrival in (
            receipt(9, 9),
            receipt(2, 1, done=True),
            receipt(-3, 0, done=True),
            receipt(6, 6),
        ):
            self.assertEqual(found(receipts=(arrival,)), [])

    def test_the_largest_is_named(self):
        rows = (receipt(-1, 8, name="small", quantity=1.0), receipt(-1, 9, name="large"))
        [finding] = find_causes(replace(FACTS, receipts=rows))
        self.assertEqual(finding.values["name"], "large")

    def test_slipped_since_comes_last(self):
        """It was promised for after the opening: the spike is why it was short at all."""
        weeks = (90.0, 5.0, 6.0, 5.0, 6.0)
        self.assertEqual(found(receipts=(receipt(2, 9),)), ["vendor_late"])
        self.assertEqual(
            found(receipts=(receipt(2, 9),), weeks=weeks), ["demand_spike", "vendor_late"]
        )
        self.assertEqual(
            found(receipts=(receipt(-2, 9),), weeks=weeks), ["vendor_late", "demand_spike"]
        )


class TestRecordError(unittest.TestCase):
    def test_count(self):
        """6 of 10 that are short were taken off by counts; 4 do not explain them."""
        [finding] = find_causes(replace(FACTS, counts=((day(-3), 2.0), (day(-1), 4.0))))
        self.assertEqual((finding.code, finding.kind), ("record_error", "counted"))
        self.assertEqual(finding.values, {"quantity": 6.0, "date": "2026-05-03"})
        self.assertEqual(found(counts=((day(-1), 4.0),)), [])
        self.assertEqual(found(counts=((day(-1), 5.0),)), ["record_error"])

    def test_count_that_was_put_right(self):
        """What a later count added is not missing; what an earlier one added says nothing."""
        self.assertEqual(found(counts=((day(-3), 10.0), (day(-1), -8.0))), [])
        self.assertEqual(found(counts=((day(-3), -50.0), (day(-1), 8.0))), ["record_error"])

    def test_not_found(self):
        self.assertEqual(find_causes(replace(FACTS, not_found=True))[0].kind, "not_found")


class TestDemandSpike(unittest.TestCase):
    def test_limit(self):
        """Usual 8, 12, 8, 12: mean 10, sample deviation sqrt(16/3) = 2.309, limit 14.62; and at
        least one and a half times the mean, 15."""
        usual = (8.0, 12.0, 8.0, 12.0)
        for latest, wanted in ((14.0, []), (14.9, []), (15.0, ["demand_spike"])):
            self.assertEqual(found(weeks=(latest, *usual)), wanted, latest)
        [finding] = find_causes(replace(FACTS, weeks=(20.0, *usual)))
        self.assertEqual((finding.values["mean"], finding.values["weeks"]), (10.0, 4))
        self.assertAlmostEqual(finding.values["limit"], 10 + 2 * (16 / 3) ** 0.5)

    def test_weeks_without_sales_count(self):
        """0, 0, 0, 20: mean 5, deviation 10, limit 25."""
        self.assertEqual(found(weeks=(25.0, 0.0, 0.0, 0.0, 20.0)), [])
        self.assertEqual(found(weeks=(26.0, 0.0, 0.0, 0.0, 20.0)), ["demand_spike"])

    def test_new_product(self):
        """Three weeks say nothing about what is usual; weeks before the first sale do not count."""
        self.assertEqual(found(weeks=(500.0, 5.0, 5.0, 5.0, 0.0, 0.0, 0.0)), [])
        self.assertEqual(found(weeks=(500.0,)), [])

    def test_only_twelve_weeks(self):
        self.assertEqual(found(weeks=(30.0, *[10.0] * 12, 4000.0)), ["demand_spike"])


class TestReorderLow(unittest.TestCase):
    """14 in each week are 2 a day."""

    weeks = (14.0, 14.0, 14.0, 14.0, 14.0)

    def _found(self, **changes):
        values = {"weeks": self.weeks, "receipts": (receipt(8, 8, placed=-3),), "lead_days": 10}
        return found(**{**values, **changes})

    def test_limit(self):
        """20 are sold in 10 days."""
        self.assertEqual(self._found(reorder_point=19.0), ["reorder_low"])
        self.assertEqual(self._found(reorder_point=20.0), [])
        self.assertEqual(self._found(), [])

    def test_nothing_was_ordered(self):
        """Then the reorder point is not to blame; ordered a week later is nothing, too."""
        self.assertEqual(self._found(reorder_point=1.0, receipts=()), [])
        self.assertEqual(self._found(reorder_point=1.0, receipts=(receipt(9, 9, placed=7),)), [])

    def test_lead_time_of_the_purchase(self):
        """No lead time is known: promised 7 days after it was ordered, in which 14 are sold."""
        known = {"lead_days": None, "receipts": (receipt(8, 8, placed=1),)}
        self.assertEqual(self._found(**known, reorder_point=13.0), ["reorder_low"])
        self.assertEqual(self._found(**known, reorder_point=14.0), [])


class TestChoice(unittest.TestCase):
    def test_the_first_found_stays(self):
        findings = find_causes(
            replace(FACTS, not_found=True, receipts=(receipt(-1, 8),), weeks=(90.0, *[5.0] * 4))
        )
        self.assertEqual(
            [f.code for f in findings], ["record_error", "vendor_late", "demand_spike"]
        )
        self.assertEqual(choose(findings).code, "record_error")
        self.assertEqual(choose(findings, "demand_spike").code, "demand_spike")
        self.assertEqual(choose(findings, "reorder_low").code, "record_error")
        self.assertIsNone(choose([], "reorder_low"))
