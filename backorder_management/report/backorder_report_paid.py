"""What was invoiced and paid for each order, of invoices and payments that several orders share."""

from odoo import api, models
from odoo.tools import SQL


class BackorderReport(models.Model):
    _inherit = "backorder.report"
    _depends = {
        "account.move": ["amount_residual", "amount_total", "state"],
        "account.move.line": ["price_total"],
        "payment.transaction": ["amount", "operation", "source_transaction_id", "state"],
    }

    @api.model
    def _get_paid_query(self):
        """:return: SQL of ``order_id``, ``amount``: paid, in order currency: on its invoices, or
        online before there was one. An online payment is reconciled with the invoice that comes
        later: the larger of both counts."""
        return SQL(
            """
            SELECT order_id, GREATEST(SUM(invoiced), SUM(online)) AS amount
              FROM (SELECT billed.order_id, billed.paid AS invoiced, 0 AS online FROM (%s) billed
                     UNION ALL
                    SELECT received.order_id, 0, received.amount FROM (%s) received) payment
             GROUP BY order_id
            """,
            self._get_billed_query(),
            self._get_received_query(),
        )

    # === INVOICES === #

    @api.model
    def _get_billed_query(self, orders=None):
        """:return: SQL of ``order_id``, ``amount`` (invoiced) and ``paid``, in order currency, with
        taxes.

        An order has of what an invoice was paid the share that its lines have of the invoice. A
        credit note belongs to the invoice that it reverses, as far as it is used up, by
        reconciliation or by paying it back: what it credits needs no payment, and no payment of the
        invoice is for it.

        :param orders: only these
        """
        return SQL(
            """
            WITH invoice AS (%(invoices)s),
                 part AS (%(parts)s),
                 whole AS (
                     SELECT first_id, SUM(sign * used * amount_total) AS total,
                            SUM(sign * settled) AS settled
                       FROM invoice
                      WHERE first_id IN (SELECT first_id FROM part)
                      GROUP BY first_id)
            SELECT p.order_id, SUM(p.amount) AS amount,
                   SUM(p.amount * p.used * w.settled / NULLIF(w.total, 0)) AS paid
              FROM part p
              JOIN whole w ON w.first_id = p.first_id
             GROUP BY p.order_id
            """,
            invoices=self._get_invoices_query(orders),
            parts=self._get_invoiced_parts_query(orders),
        )

    @api.model
    def _get_invoices_query(self, orders):
        """Posted invoices and credit notes: ``sign``, ``used`` (the share of a credit note that is
        used up) and ``first_id`` (the invoice that a credit note reverses)."""
        near = SQL("TRUE")
        if orders is not None:
            moves = (orders.invoice_ids | orders.invoice_ids.reversed_entry_id).ids
            near = SQL("(m.id = ANY(%s) OR m.reversed_entry_id = ANY(%s))", moves, moves)
        return SQL(
            """
            SELECT m.id, m.currency_id, m.invoice_currency_rate, m.amount_total,
                   m.amount_total - m.amount_residual AS settled,
                   CASE m.move_type WHEN 'out_refund' THEN -1 ELSE 1 END AS sign,
                   CASE m.move_type WHEN 'out_refund'
                        THEN 1 - m.amount_residual / NULLIF(m.amount_total, 0) ELSE 1
                   END AS used,
                   CASE m.move_type WHEN 'out_refund' THEN COALESCE(m.reversed_entry_id, m.id)
                        ELSE m.id END AS first_id
              FROM account_move m
             WHERE m.state = 'posted'
               AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt') AND %s
            """,
            near,
        )

    @api.model
    def _get_invoiced_parts_query(self, orders):
        """What each order has of each ``invoice``, in order currency."""
        wanted = SQL("TRUE") if orders is None else SQL("l.order_id = ANY(%s)", orders.ids)
        return SQL(
            """
            SELECT r.order_id, i.first_id, i.used,
                   i.sign * SUM(aml.price_total)
                   * CASE WHEN i.currency_id = o.currency_id THEN 1
                          ELSE COALESCE(o.currency_rate, 1)
                               / COALESCE(NULLIF(i.invoice_currency_rate, 0), 1) END AS amount
              FROM (SELECT DISTINCT l.order_id, rel.invoice_line_id
                      FROM sale_order_line_invoice_rel rel
                      JOIN sale_order_line l ON l.id = rel.order_line_id
                     WHERE %s) r
              JOIN account_move_line aml ON aml.id = r.invoice_line_id
              JOIN invoice i ON i.id = aml.move_id
              JOIN sale_order o ON o.id = r.order_id
             GROUP BY r.order_id, o.id, i.id, i.first_id, i.used, i.sign, i.currency_id,
                      i.invoice_currency_rate
            """,
            wanted,
        )

    # === ONLINE PAYMENTS === #

    @api.model
    def _get_received_query(self):
        """:return: SQL of ``order_id``, ``amount``: paid online and not refunded, in order
        currency. Orders that were paid together share it by their totals."""
        return SQL(
            """
            WITH received AS (%(transactions)s),
                 share AS (%(shares)s)
            SELECT o.id AS order_id,
                   SUM(t.amount * s.part
                       * CASE WHEN t.currency_id = o.currency_id THEN 1
                              ELSE COALESCE(o.currency_rate, 1) * %(home)s / %(away)s END) AS amount
              FROM received t
              JOIN share s ON s.transaction_id = t.id
              JOIN sale_order o ON o.id = s.order_id
              JOIN res_company c ON c.id = o.company_id
             GROUP BY o.id
            """,
            transactions=self._get_transactions_query(),
            shares=self._get_transaction_shares_query(),
            home=self._get_rate_of_day(SQL("c.currency_id")),
            away=self._get_rate_of_day(SQL("t.currency_id")),
        )

    @api.model
    def _get_transactions_query(self):
        """What each transaction brought and was not refunded. Of what is captured by hand the
        captures count."""
        return SQL(
            """
            SELECT t.id, t.currency_id,
                   GREATEST(0, CASE WHEN captured.id IS NOT NULL THEN COALESCE(captured.amount, 0)
                                    WHEN t.state = 'done' THEN t.amount ELSE 0 END
                               - COALESCE(refunded.amount, 0)) AS amount
              FROM payment_transaction t
              LEFT JOIN (SELECT source_transaction_id AS id,
                                SUM(amount) FILTER (WHERE state = 'done') AS amount
                           FROM payment_transaction
                          WHERE source_transaction_id IS NOT NULL
                            AND operation IS DISTINCT FROM 'refund'
                          GROUP BY source_transaction_id) captured ON captured.id = t.id
              LEFT JOIN (SELECT COALESCE(paid.source_transaction_id, paid.id) AS id,
                                SUM(ABS(back.amount)) AS amount
                           FROM payment_transaction back
                           JOIN payment_transaction paid ON paid.id = back.source_transaction_id
                          WHERE back.operation = 'refund' AND back.state = 'done'
                          GROUP BY 1) refunded ON refunded.id = t.id
             WHERE t.state IN ('authorized', 'done') AND t.operation IS DISTINCT FROM 'validation'
            """
        )

    @api.model
    def _get_transaction_shares_query(self):
        """The share of each order in a transaction."""
        return SQL(
            """
            SELECT rel.transaction_id, rel.sale_order_id AS order_id,
                   COALESCE(total.amount / NULLIF(SUM(total.amount) OVER w, 0),
                            1.0 / COUNT(*) OVER w) AS part
              FROM sale_order_transaction_rel rel
              JOIN sale_order o ON o.id = rel.sale_order_id
             CROSS JOIN LATERAL (
                   SELECT o.amount_total / COALESCE(NULLIF(o.currency_rate, 0), 1) AS amount
                   ) total
            WINDOW w AS (PARTITION BY rel.transaction_id)
            """
        )

    @api.model
    def _get_rate_of_day(self, currency):
        """As core looks it up, on the day of the order `o` of the company `c`."""
        return SQL(
            """COALESCE((SELECT known.rate FROM res_currency_rate known
                          WHERE known.currency_id = %s AND known.name <= o.date_order
                            AND (known.company_id IS NULL OR known.company_id
                                 = SPLIT_PART(c.parent_path, '/', 1)::int)
                          ORDER BY known.company_id, known.name DESC LIMIT 1), 1)""",
            currency,
        )
