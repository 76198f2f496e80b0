# A page that answers a question.
from wagtail.api import APIField
from wagtail.fields import RichTextField
from wagtail.models import Page


class FaqPage(Page):
    answer = RichTextField()
    api_fields = [APIField("answer")]
