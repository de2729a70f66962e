"""A person in front of the web client: what is clicked, typed and read on a Playwright page."""

from playwright.sync_api import expect

FORM = ".o_form_view"
# a page for everybody; the first app, Discuss, writes at every visit
NOWHERE = "/odoo/action-base.action_partner_form"
DIALOG = ".modal:not(.o_inactive_modal)"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}

expect.set_options(timeout=30_000)  # two cores, and the first page builds the assets


def show(quantity):
    """A quantity as the lists show it."""
    return f"{quantity:,.2f}".rstrip("0").rstrip(".")


class Person:
    def __init__(self, page):
        self.page = page
        page.add_locator_handler(page.locator("button[name=dont_send_sms]"), lambda x: x.click())

    def find(self, selector, **options):
        return self.page.locator(selector, **options)

    # -- moving about

    def open_app(self, name):
        self.page.goto(NOWHERE)
        self.find(".o_navbar_apps_menu button").click()
        self.find(".o-dropdown--menu .o_app").get_by_text(name, exact=True).click()
        expect(self.find(".o_menu_brand")).to_have_text(name)

    def open_menu(self, name, item=None):
        """A menu of the app at the top, and what is under it."""
        self.find(".o_menu_sections").get_by_text(name, exact=True).click()
        if item:
            self.find(".o-dropdown--menu .dropdown-item", has_text=item).click()

    def open_record(self, path, record):
        self.page.goto(f"/odoo/{path}/{record}")
        self.wait_saved()

    def wait_saved(self):
        """The form of a record that exists, with nothing typed that is not stored."""
        self.find(f"{FORM} .o_form_saved, {FORM}:not(.o_form_dirty)").first.wait_for()

    def press(self, name, within=FORM):
        """Clicks the button of a form or dialog that calls the method `name`."""
        self.find(f"{within} button[name='{name}']:visible").first.click()

    def press_smart(self, name):
        """The stat button `name`, which may hide behind *More* in a narrow window."""
        button = self.find(f"button[name='{name}'].oe_stat_button")
        more = self.find(".o-form-buttonbox .o_button_more")
        button.or_(more).first.wait_for()
        if not button.is_visible():
            more.click()
        button.click()

    # -- typing

    def choose(self, field, text, within=FORM):
        """Types into a many2one and takes the first option that has the text."""
        box = self.find(f"{within} [name={field}] input")
        box.click()
        box.fill(text)
        menu = self.find(".o-autocomplete--dropdown-menu")
        menu.locator(".o-autocomplete--dropdown-item", has_text=text).first.click()

    def fill(self, field, text, within=FORM):
        box = self.find(f"{within} [name={field}]").locator("input, button").first
        box.click()
        box = self.find(f"{within} [name={field}] input")
        box.fill(text)
        box.press("Tab")

    def fill_cell(self, field, text, within=FORM, row=0):
        cell = self.find(f"{within} .o_data_row").nth(row).locator(f"td[name={field}]")
        cell.click()
        cell.locator("input").fill(text)

    # -- reading

    def cell(self, field, row=0):
        return self.find(f"{FORM} .o_data_row").nth(row).locator(f"td[name={field}]")

    def expect_cells(self, row=0, **texts):
        for field, text in texts.items():
            expect(self.cell(field, row)).to_have_text(text)

    def expect_state(self, label):
        expect(self.find(".o_statusbar_status .o_arrow_button_current")).to_have_text(label)

    def expect_facets(self, *labels):
        expect(self.find(".o_searchview_facet .o_facet_value")).to_have_text(list(labels))
