"""What the check of an answer can find, in a short name and in a sentence of plain advice."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Fault(TextChoices):
    """What an answer lacks or has too much of; the codes are kept in the story of the case."""

    BLANKS = "blanks", _("还有没填的空")
    HANDED_ON = "handed_on", _("只说转交了")
    NO_DEED = "no_deed", _("没说做了什么")
    PLANNED = "planned", _("只说打算做")
    NOBODY = "nobody", _("没说谁做的")
    NO_DATE = "no_date", _("没说什么时候")
    OFF_QUESTION = "off_question", _("没有回应所问")
    NO_REASON = "no_reason", _("没说原因和去处")
    EMPTY = "empty", _("空话占了大半")
    FORM_LETTER = "form_letter", _("像套话")
    REPEATS = "repeats", _("照抄了来话")
    LONG_SENTENCE = "long_sentence", _("句子太长")
    STIFF = "stiff", _("公文腔")


ADVICE: dict[Fault, Any] = {
    Fault.BLANKS: _("模板里还有空没有填，请填上，或者删掉那一句。"),
    Fault.HANDED_ON: _("只说转给了谁，没有说结果。请写清对方做了什么；还没做，就写由谁、在哪一天前做完。"),
    Fault.NO_DEED: _("请写明具体做了什么，例如“更换了灯泡”“清走了垃圾”“约谈了店主”。"),
    Fault.PLANNED: _("只写了打算做的事。请写已经做了什么；还没做完的，写明哪一天做完。"),
    Fault.NOBODY: _("请写明是谁做的：哪个单位、哪支队伍，或哪位师傅。"),
    Fault.NO_DATE: _("请写明什么时候做的，或哪一天前做完。"),
    Fault.OFF_QUESTION: _("居民说的事，答复里一处也没有提到。请先说他问的那件事。"),
    Fault.NO_REASON: _("请说明为什么不能办，依据是什么，居民可以找谁。"),
    Fault.EMPTY: _("这些话放在哪封信里都行，占了大半篇。请删掉，换成事实。"),
    Fault.FORM_LETTER: _("和以前的答复几乎一样。请写这一件事自己的情况。"),
    Fault.REPEATS: _("大半是把居民的话又说了一遍。请直接说办得怎样。"),
    Fault.LONG_SENTENCE: _("这一句太长，读到后面忘了前面。请断成几句，每句说一件事。"),
    Fault.STIFF: _("这些词居民平时不说。请换成面对面会说的话。"),
}
"""What to do about each, said to the writer."""
