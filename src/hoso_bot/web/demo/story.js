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
  const plan = teacher.filter((b) => b.mine && b.file).pop();
  if (!plan) return { at: 0, turn: 0, hint: "Trên điện thoại của giáo viên, bấm “Gửi kế hoạch mẫu” hoặc kéo một tệp PDF vào." };
  const since = (bubbles) => bubbles.filter((b) => order(b) > order(plan));
  const mine = since(teacher);
  if (!mine.some((b) => chose(b, "Trình ký"))) return waitForSubmission(mine);
  for (const [index, leader] of [[1, since(head)], [2, since(vice)]]) {
    const told = decision(leader, index, mine);
    if (told) return told;
  }
  return delivery(mine, saved);
}

function waitForSubmission(mine) {
  if (mine.some((b) => offers(b, "Trình ký"))) return { at: 1, turn: 0, hint: "Trợ lý đã đọc tệp. Giáo viên xem lại rồi bấm “Trình ký”." };
  const answered = mine.some((b) => !b.mine && b.keys.length > 0);
  return { at: 1, turn: answered ? 0 : -1, hint: answered ? "Giáo viên trả lời câu hỏi của trợ lý." : "Trợ lý đang kiểm tra tệp…" };
}

function decision(bubbles, index, mine) {
  const name = index === 1 ? "Tổ trưởng" : "Phó hiệu trưởng";
  const refused = bubbles.filter((b) => chose(b, "Từ chối")).pop();
  const later = refused ? bubbles.filter((b) => order(b) > order(refused)) : bubbles;
  const signed = later.some((b) => chose(b, "Xác nhận"));
  if (signed) return null;
  if (refused) return rejection(refused, later, name, index, mine);
  if (bubbles.some((b) => offers(b, "Xác nhận"))) return { at: index + 1, turn: index, hint: `${name} bấm “Xác nhận” để ký vào tệp.` };
  if (bubbles.some((b) => offers(b, "Ký duyệt"))) return { at: index + 1, turn: index, hint: `${name} mở tệp xem rồi bấm “Ký duyệt”. Muốn trả lại thì bấm “Từ chối”.` };
  return { at: index + 1, turn: -1, hint: `Trợ lý đang chuyển hồ sơ cho ${name.toLowerCase()}…` };
}

function rejection(refused, later, name, index, mine) {
  const reasons = later.filter((b) => b.mine || b.chosen);
  const reason = reasons[reasons.length - 1];
  const heard = reason && mine.some((b) => !b.mine && order(b) > order(refused) && b.at >= reason.at);
  if (heard) return { at: 0, turn: 0, hint: "Giáo viên đã nhận góp ý nguyên văn. Sửa xong thì gửi lại PDF để bắt đầu lượt mới." };
  return { at: index + 1, turn: index, hint: `${name} ghi lý do trả lại (bắt buộc) rồi gửi.` };
}

function delivery(mine, saved) {
  const signed = mine.filter((b) => !b.mine && b.file).pop();
  if (!signed) return { at: 4, turn: -1, hint: "Trợ lý đang ký và kiểm tra lại mọi chữ ký trong tệp…" };
  if (!saved.has(signed.file.id)) return { at: 4, turn: 0, hint: "Giáo viên nhận bản đã ký: bấm “Tải về” hoặc “Mở”." };
  return { at: 5, turn: -1, hint: "Xong. Mở tệp bằng trình đọc PDF để xem hai chữ ký, hoặc gửi một kế hoạch khác và thử “Từ chối”." };
}
