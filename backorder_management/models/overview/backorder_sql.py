"""SQL that more than one query over backorders needs."""

from odoo import fields
from odoo.tools import SQL


def local(moment):
    """:param moment: SQL of a naive UTC timestamp; :return: SQL of the date in the warehouse, in
    ``from_backorders``"""
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE z.tz)::date", moment)


def from_backorders(env):
    """:return: SQL of all backorders ``b`` with the order ``so``, the company ``c``, the commercial
    partner ``cp`` of the customer, and ``z``: ``tz``, the zone of the warehouse, and ``today``"""
    return SQL(
        """
          FROM sale_backorder b
          JOIN sale_order so ON so.id = b.sale_order_id
          JOIN res_company c ON c.id = b.company_id
          JOIN res_partner seat ON seat.id = c.partner_id
          LEFT JOIN res_partner customer ON customer.id = b.partner_id
          LEFT JOIN res_partner cp ON cp.id = customer.commercial_partner_id
          LEFT JOIN stock_warehouse w ON w.id = b.warehouse_id
          LEFT JOIN res_partner place ON place.id = w.partner_id
         CROSS JOIN LATERAL (
               SELECT COALESCE(NULLIF(place.tz, ''), NULLIF(seat.tz, ''), %(zone)s) AS tz) AS zone
         CROSS JOIN LATERAL (
               SELECT zone.tz, (%(now)s::timestamp AT TIME ZONE 'UTC'
                                AT TIME ZONE zone.tz)::date AS today) AS z
        """,
        zone=env.user.tz or "UTC",
        now=fields.Datetime.now(),
    )


def to_array(values, kind="int"):
    """A long array as one constant. Of a list the driver makes one expression for each element,
    which takes PostgreSQL longer to read than many a query to run.

    :param values: numbers, dates, booleans, texts or None; :param kind: their type in the database
    :return: SQL
    """
    return SQL(f"%s::{kind}[]", "{" + ",".join(map(_to_element, values)) + "}")


def _to_element(value):
    if value is None:
        return "NULL"
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    return str(value)


def get_zones(env):
    """:return: SQL of a table ``id``, ``tz``: the zone of each warehouse, and of each company under
    its negative id"""
    place = env["res.partner"]._fields["tz"]
    return SQL(
        """
        (SELECT id, MIN(tz) AS tz
           FROM (SELECT w.id, COALESCE(wp.tz, cp.tz) AS tz
                   FROM stock_warehouse w
                   JOIN res_company c ON c.id = w.company_id
                   JOIN res_partner cp ON cp.id = c.partner_id
                   LEFT JOIN res_partner wp ON wp.id = w.partner_id
                  UNION ALL
                 SELECT -c.id, cp.tz
                   FROM res_company c JOIN res_partner cp ON cp.id = c.partner_id) known
          GROUP BY id)
        """,
        to_flush=(
            place,
            env["stock.warehouse"]._fields["partner_id"],
            env["res.company"]._fields["partner_id"],
        ),
    )


# open value of a backorder in the currency of its company
OPEN_VALUE = SQL("b.amount_open / COALESCE(NULLIF(so.currency_rate, 0), 1)")

# a change `d` of the expected date that is a slip: it moved past the date that the customer was
# told, or was lost
SLIPS = ("slip", "no_date")
IS_SLIP = SQL("d.kind IN %s", SLIPS)

# of each item, and of the item `x`
SLIPS_BY_LINE = SQL(
    "SELECT d.line_id, COUNT(*) AS count FROM backorder_date_change d WHERE %s GROUP BY d.line_id",
    IS_SLIP,
)
SLIP_COUNT = SQL(
    "(SELECT COUNT(*) FROM backorder_date_change d WHERE d.line_id = x.id AND %s)", IS_SLIP
)


def leave_room(model):
    """Nights and receipts bring very many rows new dates. With room for the new version on the same
    page PostgreSQL leaves all indexes of the table alone."""
    model.env.cr.execute(SQL("ALTER TABLE %s SET (fillfactor = 60)", SQL.identifier(model._table)))
