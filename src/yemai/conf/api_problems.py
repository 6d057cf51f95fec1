"""What Django itself answers to programs (unknown address, wrong method, a fault of ours) becomes a problem document."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yemai.conf.refusals import MACHINES, PROBLEM_TYPE, answer
from yemai.kernel.refusals import Refused
from yemai.modules.cases.views.device import remember

PREFIX = "/api/"
KEPT = ("Allow", "Retry-After", "WWW-Authenticate", "Set-Cookie")


class ApiProblems:
    """Middleware: dresses bare errors, answers HEAD as GET, and gives a phone its cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; outside the addresses for programs nothing changes."""
        if not request.path.startswith(MACHINES):
            return self.get_response(request)
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        response = self.get_response(request)
        if response.status_code >= 400 and not response.get("Content-Type", "").startswith(PROBLEM_TYPE):
            response = dressed(request, response)
        if response.status_code == 401:
            response.setdefault("WWW-Authenticate", 'Bearer realm="Yemai"')
        if request.path.startswith(PREFIX):
            remember(request, response)
        if is_head and not response.streaming:
            length = len(response.content)
            response.content = b""
            response["Content-Length"] = str(length)
        return response


def dressed(request: HttpRequest, bare: HttpResponse) -> HttpResponse:
    """The same refusal as a problem document."""
    words = {
        400: ("unreadable", _("请求看不懂，请检查格式。")),
        403: ("forbidden", _("没有权限，或页面已过期。")),
        404: ("not-found", _("没有这个接口地址。")),
        405: ("no-such-method", _("这个地址不支持这种方法。")),
        413: ("too-large", _("内容太大，没有收下。")),
    }
    usual = ("broken", _("系统出了错，这一次没有完成；错误已记录，请稍后再试。"))
    code, text = words.get(bare.status_code, usual if bare.status_code >= 500 else ("refused", _("请求没有成功。")))
    response = answer(request, Refused(code, text, status=bare.status_code))
    for name in KEPT:
        if name in bare:
            response[name] = bare[name]
    return response
