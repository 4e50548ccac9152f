// Where the visitor is in the story, read from what happened on the phones. Pure.

export const steps = [
  { title: "Gửi PDF", who: 0 },
  { title: "Trình ký", who: 0 },
  { title: "Tổ trưởng ký", who: 1 },
  { title: "Phó hiệu trưởng ký", who: 2 },
  { title: "Tải bản đã ký", who: 0 },
];

const order = (bubble) => Number(bubble.id.split("-")[1]);
const chose = (bubble, word) => bubble.chosen.includes(word);
const offers = (bubble, word) => bubble.keys.some((row) => row.some(([label]) => label.includes(word)));

/**
 * The story so far: `{at, turn, hint}`; `at` = index of the step to do (5: all done), `turn` = index of the phone
 * to use or -1 while the bot works. `chats` = bubbles by chat in order, `owners` = chat ids of teacher, head, vice.
 */
export function tell(chats, owners, saved) {
  const [teacher, head, vice] = owners.map((id) => chats.get(id) || []);
  const plan = teacher.filter((b) => b.mine && b.file && /\.pdf$/i.test(b.file.name)).pop();
  if (!plan) return step(0, 0, "Trên điện thoại của giáo viên, bấm “Gửi kế hoạch mẫu” hoặc kéo một tệp PDF vào.");
  const since = (bubbles) => bubbles.filter((b) => order(b) > order(plan));
  const mine = since(teacher);
  if (!mine.some((b) => chose(b, "Trình ký"))) return waitForSubmission(mine);
  for (const [index, leader] of [[1, since(head)], [2, since(vice)]]) {
    const told = decision(leader, index, mine);
    if (told) return told;
  }
  return delivery(mine, saved);
}

const step = (at, turn, hint) => ({ at, turn, hint });

function waitForSubmission(mine) {
  if (mine.some((b) => offers(b, "Trình ký"))) {
    return step(1, 0, "Trợ lý đã đọc tệp. Giáo viên xem lại rồi bấm “Trình ký”.");
  }
  const asked = mine.some((b) => !b.mine && b.keys.length > 0);
  return asked ? step(1, 0, "Giáo viên trả lời câu hỏi của trợ lý.") : step(1, -1, "Trợ lý đang kiểm tra tệp…");
}

function decision(bubbles, index, mine) {
  const name = index === 1 ? "Tổ trưởng" : "Phó hiệu trưởng";
  const at = index + 1;
  const refused = bubbles.filter((b) => chose(b, "Từ chối")).pop();
  const later = refused ? bubbles.filter((b) => order(b) > order(refused)) : bubbles;
  if (later.some((b) => chose(b, "Xác nhận"))) return null;
  if (refused) return rejection(refused, later, name, index, mine);
  if (bubbles.some((b) => offers(b, "Xác nhận"))) return step(at, index, `${name} bấm “Xác nhận” để ký vào tệp.`);
  if (bubbles.some((b) => offers(b, "Ký duyệt"))) {
    return step(at, index, `${name} mở tệp xem rồi bấm “Ký duyệt”. Muốn trả lại thì bấm “Từ chối”.`);
  }
  return step(at, -1, `Trợ lý đang chuyển hồ sơ cho ${name.toLowerCase()}…`);
}

function rejection(refused, later, name, index, mine) {
  const reason = later.filter((b) => b.mine || b.chosen).pop();
  const heard = reason && mine.some((b) => !b.mine && order(b) > order(refused) && b.at >= reason.at);
  if (heard) return step(0, 0, "Giáo viên đã nhận góp ý nguyên văn. Sửa xong thì gửi lại PDF để bắt đầu lượt mới.");
  return step(index + 1, index, `${name} ghi lý do trả lại (bắt buộc) rồi gửi.`);
}

function delivery(mine, saved) {
  const signed = mine.filter((b) => !b.mine && b.file).pop();
  if (!signed) return step(4, -1, "Trợ lý đang ký và kiểm tra lại mọi chữ ký trong tệp…");
  if (!saved.has(signed.file.id)) return step(4, 0, "Giáo viên nhận bản đã ký: bấm “Tải về” hoặc “Mở”.");
  return step(5, -1, "Xong. Mở tệp bằng trình đọc PDF để xem hai chữ ký, hoặc gửi kế hoạch khác và thử “Từ chối”.");
}
