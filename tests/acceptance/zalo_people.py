"""What tests about Zalo share: short codes, linking, opening a link."""

from __future__ import annotations

import urllib.error
import urllib.request

from tests.conversation import ZaloMember
from tests.school import School


def short_code(school: School, staff_id: str) -> str:
    office = school.office()
    try:
        return office.invite_to_zalo((staff_id,))[0].typed
    finally:
        office.close()


def get(url: str) -> tuple[int, bytes]:
    """As a phone's browser opens a link; status and body."""
    request = urllib.request.Request(url, headers={"User-Agent": "Mozilla/5.0 (iPhone)"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return int(refused.code), refused.read()


def link_on_zalo(school: School, staff_id: str) -> ZaloMember:
    """A person who is on Telegram gets a Zalo chat too."""
    member = school.zalo_member(staff_id)
    member.says(short_code(school, staff_id))
    member.hears("Thầy/cô đồng ý không ạ")
    member.presses("Đồng ý")
    member.hears("Lời nhắc và tin báo, em gửi ở đâu ạ")
    return member
