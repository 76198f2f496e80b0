# What an editor does.
from faq.models import FaqPage
from wagtail.models import PageViewRestriction, Site


def home():
    return Site.objects.get(is_default_site=True).root_page


def write(act):
    page = FaqPage.objects.filter(id=act.get("id", 0)).first()
    if page is None:
        page = home().add_child(instance=FaqPage(title=act["title"], answer=act["text"]))
    page.title, page.answer = act["title"], act["text"]
    page.save_revision().publish()
    return page


def draft(act):
    page = FaqPage(title=act["title"], answer=act["text"], live=False)
    return home().add_child(instance=page)


def unpublish(act):
    page = FaqPage.objects.get(id=act["id"])
    page.unpublish()
    return page


def delete(act):
    page = FaqPage.objects.get(id=act["id"])
    page.delete()
    return page


def restrict(act):
    page = FaqPage.objects.get(id=act["id"])
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    return page


KINDS = {"write": write, "draft": draft, "unpublish": unpublish, "delete": delete, "restrict": restrict}


def do(acts):
    ids = []
    for act in acts:
        # A page that is deleted keeps no id.
        page = KINDS[act["do"]](act)
        ids.append(page.id or act.get("id"))
    return ids
