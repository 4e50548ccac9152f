// Every sentence of the page, and how times, days and sizes are written. Times are always Vietnam's.

const ZONE = "Asia/Ho_Chi_Minh";
const DAYS = {
  Mon: "Thứ Hai", Tue: "Thứ Ba", Wed: "Thứ Tư", Thu: "Thứ Năm", Fri: "Thứ Sáu", Sat: "Thứ Bảy", Sun: "Chủ nhật",
};

const clock = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE, weekday: "short", day: "2-digit", month: "2-digit", year: "numeric",
});

export const say = {
  bot: "Trợ lý hồ sơ",
  online: "trực tuyến",
  answering: "đang trả lời…",
  away: "mất kết nối",
  empty: "Chưa có tin nhắn nào.",
  log: (name) => `Tin nhắn của ${name}`,
  phone: (name, role) => `Điện thoại của ${name}, ${role}`,
  write: "Nhắn tin…",
  writeFor: (name) => `Nhắn tin với vai ${name}`,
  send: "Gửi tin nhắn",
  attach: "Gửi tệp",
  reply: "Trả lời tin này",
  replying: "Trả lời",
  noReply: "Thôi trả lời tin này",
  menu: "Lệnh có sẵn",
  pick: "Chọn tệp PDF hoặc ảnh từ máy…",
  sample: "Gửi kế hoạch mẫu",
  sampleMore: (n) => `Mẫu ${n}`,
  drop: (name) => `Thả tệp vào đây để gửi với vai ${name}`,
  open: "Mở",
  download: "Tải về",
  sending: "đang gửi",
  sent: "đã gửi",
  failed: "chưa gửi được",
  retry: "Gửi lại",
  edited: "cập nhật",
  used: "đã bấm",
  pressed: (label) => `Đã chọn: ${label}`,
  newest: "Xuống tin mới nhất",
  unread: (n) => `${n} tin mới`,
  turn: "Đến lượt",
  close: "Đóng",
  offline: "Không liên lạc được với máy chủ. Trang đang tự kết nối lại…",
  restarted: "Máy chủ vừa khởi động lại, cuộc trò chuyện bắt đầu từ đầu.",
};

/** The sentence for a refused request. */
export function problem(code, facts = {}) {
  const known = {
    too_big: `Tệp lớn hơn ${size(facts.max_bytes || 0)}. Thầy/cô giảm cỡ ảnh khi lưu PDF rồi gửi lại ạ.`,
    too_long: "Tin nhắn dài quá, thầy/cô chia làm vài tin ạ.",
    empty_file: "Tệp này trống (0 byte). Thầy/cô chọn lại tệp giúp em.",
    not_a_file: "Em chỉ nhận tệp. Thầy/cô kéo một tệp PDF từ máy vào đây ạ.",
    one_file: "Mỗi lần một tệp thôi ạ: KHBD của một tuần nằm trong một tệp.",
    unknown_button: "Nút này không còn dùng được nữa.",
    not_ready: "Máy chủ đang khởi động. Thầy/cô thử lại sau vài giây ạ.",
    not_kept: "Máy chủ chưa giữ được tin này. Thầy/cô gửi lại giúp em.",
    no_such_file: "Không tìm thấy tệp này trên máy chủ.",
    offline: "Không liên lạc được với máy chủ, tin chưa được gửi.",
  };
  return known[code] || "Có trục trặc, thầy/cô thử lại giúp em.";
}

/** 241047 -> "235 KB". */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} byte`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",").replace(",0", "")} MB`;
}

export const time = (iso) => clock.format(new Date(iso));

/** A key that is equal for two moments of one Vietnamese day. */
export const dayKey = (date) => calendar.format(date);

/** "Hôm nay", "Hôm qua", or the weekday with its date. */
export function day(iso, now = new Date()) {
  const key = dayKey(new Date(iso));
  if (key === dayKey(now)) return "Hôm nay";
  if (key === dayKey(new Date(now - 86400000))) return "Hôm qua";
  const part = Object.fromEntries(calendar.formatToParts(new Date(iso)).map((p) => [p.type, p.value]));
  return `${DAYS[part.weekday]} ${part.day}/${part.month}/${part.year}`;
}

/** A button's words without the emoji in front: colour and place already say it, and old phones lack the glyphs. */
export const plain = (label) => label.replace(/^[\p{Extended_Pictographic}\uFE0F\u200D\s]+/u, "") || label;

/** "Lê Trần Thu Mai" -> "Thu Mai": what colleagues call each other. */
export const shortName = (name) => name.split(/\s+/).slice(-2).join(" ");

/** "Trần Thị Mai" -> "TM": the first and the last word. */
export function initials(name) {
  const words = name.replace(/^(cô|thầy|bà|ông)\s+/i, "").split(/\s+/).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((word) => word[0].toUpperCase()).join("");
}
