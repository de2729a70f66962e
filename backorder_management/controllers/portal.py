"""Pages for customers. All is checked and read in `backorder.portal`; nothing here needs
JavaScript."""

from werkzeug.urls import url_encode

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

# what the customer reads after an answer, and whether it is good news
OUTCOMES = {
    "done": "success",
    "asked": "success",
    "already": "info",
    "used": "warning",
    "expired": "warning",
    "changed": "warning",
    "closed": "warning",
    "refused": "warning",
    "date": "warning",
    "often": "warning",
    "preview": "info",
    "gone": "warning",
    "kept": "success",
}
PAGE = "/my/backorders/<int:backorder_id>"


class BackorderPortal(CustomerPortal):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "backorder_count" in counters:
            values["backorder_count"] = request.env["backorder.portal"]._count_mine()
        return values

    @http.route(
        ["/my/backorders", "/my/backorders/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_backorders(self, page=1, sortby="date", filterby="open", **kwargs):
        portal = request.env["backorder.portal"]
        sortings, filters = portal._get_sortings(), portal._get_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "open"
        records, domain = portal._get_mine(filterby)
        pages = pager(
            url="/my/backorders",
            total=records.search_count(domain),
            page=page,
            step=self._items_per_page,
            url_args={"sortby": sortby, "filterby": filterby},
        )
        found = records.search(
            domain,
            order=sortings[sortby][1],
            limit=self._items_per_page,
            offset=max(0, pages["offset"]),
        )
        values = {
            **self._prepare_portal_layout_values(),
            "backorder_rows": [portal._get_row(x) for x in found],
            "page_name": "backorder",
            "pager": pages,
            "sortings": sortings,
            "sortby": sortby,
            "filters": filters,
            "filterby": filterby,
        }
        return request.render("backorder_management.portal_my_backorders", values)

    @http.route(PAGE, type="http", auth="public", website=True)
    def portal_backorder(self, backorder_id, access_token=None, message=None, **kwargs):
        record, viewer = self._open_backorder(backorder_id, access_token)
        if not record:
            return self._refuse()
        page = request.env["backorder.portal"]._get_page(record)
        values = {"page": page, "message": message, "outcome": OUTCOMES.get(message)}
        return self._show("portal_backorder", record, viewer, access_token, values)

    @http.route(f"{PAGE}/<string:code>", type="http", auth="public", website=True, methods=["GET"])
    def portal_backorder_choice(self, backorder_id, code, access_token=None, target=None, **kwargs):
        record, viewer = self._open_backorder(backorder_id, access_token)
        if not record:
            return self._refuse()
        portal = request.env["backorder.portal"]
        choice = portal._get_choice_page(record, code, self._parse_id(target))
        if not choice:
            return self._back(record, access_token, "gone")
        return self._show(
            "portal_backorder_choice", record, viewer, access_token, {"choice": choice}
        )

    @http.route(
        f"{PAGE}/<string:code>/confirm", type="http", auth="public", website=True, methods=["POST"]
    )
    def portal_backorder_confirm(
        self, backorder_id, code, access_token=None, target=None, answer=None, **form
    ):
        record, _viewer = self._open_backorder(backorder_id, access_token)
        if not record:
            return self._refuse()
        outcome = request.env["backorder.portal"]._answer(
            record, code, self._parse_id(target), answer, form
        )
        return self._back(record, access_token, outcome)

    @http.route(
        f"{PAGE}/preferences/keep", type="http", auth="public", website=True, methods=["POST"]
    )
    def portal_backorder_preferences(self, backorder_id, access_token=None, **form):
        record, _viewer = self._open_backorder(backorder_id, access_token)
        if not record:
            return self._refuse()
        outcome = request.env["backorder.portal"]._keep_preferences(record, form)
        return self._back(record, access_token, outcome)

    # === HELPERS === #

    def _open_backorder(self, backorder_id, access_token):
        """:return: as `backorder.portal._open`; the page is in the reader's language from here"""
        record, viewer = request.env["backorder.portal"]._open(backorder_id, access_token)
        if record:
            lang = record.env.context["lang"]
            request.update_context(lang=lang, tz=record.env.context["tz"])
            request.lang = request.env["res.lang"]._get_data(code=lang)
        return record, viewer

    def _parse_id(self, value):
        return int(value) if value and value.isascii() and value.isdigit() else 0

    def _refuse(self):
        """The same for a backorder that is not theirs and one that does not exist."""
        response = request.render("backorder_management.portal_backorder_refused", {})
        response.status_code = 403
        return self._keep_private(response)

    def _show(self, template, record, viewer, access_token, values):
        values = {
            **self._prepare_portal_layout_values(),
            **values,
            "page_name": "backorder_page",
            "backorder_name": record.name,
            "backorder_url": self._get_url(record, access_token),
            "token": access_token or "",
            "viewer": viewer,
            "res_company": record.company_id,
            "backend_url": f"/odoo/backorders/{record.id}",
        }
        return self._keep_private(request.render(f"backorder_management.{template}", values))

    def _back(self, record, access_token, outcome):
        url = self._get_url(record, access_token, message=outcome)
        return self._keep_private(request.redirect(url, code=303))

    def _get_url(self, record, access_token, **query):
        if access_token:
            query["access_token"] = access_token
        return f"/my/backorders/{record.id}" + (f"?{url_encode(query)}" if query else "")

    def _keep_private(self, response):
        """The address is the key: it goes nowhere else, and the page stays in no cache."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
