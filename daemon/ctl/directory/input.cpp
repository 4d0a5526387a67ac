// SPDX-License-Identifier: Apache-2.0
#include "ctl/directory/input.h"

namespace rms::ctl {

Result<Input> Input::open(const std::filesystem::path& file) {
  std::error_code failed;
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file, failed))
    return Error(Errc::io_error, file.string() + ": cannot be read");
  Input input(file, std::move(in));
  auto& buffer = *input.in_.rdbuf();
  const int first = buffer.sgetc();
  if (first == 0xff || first == 0xfe || first == 0)
    return input.error({}, "this is no UTF-8: UTF-16, as ldifde -u writes it? Write it as UTF-8");
  if (first == 0xef) {
    if (buffer.sbumpc() != 0xef || buffer.sbumpc() != 0xbb || buffer.sbumpc() != 0xbf)
      return input.error({}, "this is no UTF-8");
  }
  input.read_next();
  return input;
}

void Input::read_next() {
  auto& buffer = *in_.rdbuf();
  constexpr auto end = std::char_traits<char>::eof();
  auto c = buffer.sbumpc();
  if (c == '\r' && buffer.sgetc() == '\n') c = buffer.sbumpc();
  next_ = c == end ? kEnd : c;
}

int Input::get() {
  const int c = next_;
  if (c == '\n') {
    ++place_.line;
    place_.column = 1;
  } else {
    ++place_.column;
  }
  if (c != kEnd) read_next();
  return c;
}

Result<void> Input::check() const {
  if (in_.bad()) return Error(Errc::io_error, file_.string() + ": cannot be read to its end");
  return {};
}

Error Input::error(const Place& at, std::string_view what, Errc code) const {
  return {code,
          file_.string() + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + std::string(what)};
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(at < text.size() ? text[at] : 0); };
    const unsigned first = byte(i);
    std::size_t length = 0;
    unsigned least = 0, code = 0;
    if (first < 0x80) {
      ++i;
      continue;
    }
    if (first >= 0xc2 && first < 0xe0) {
      length = 2, least = 0x80, code = first & 0x1f;
    } else if (first >= 0xe0 && first < 0xf0) {
      length = 3, least = 0x800, code = first & 0x0f;
    } else if (first >= 0xf0 && first < 0xf5) {
      length = 4, least = 0x10000, code = first & 0x07;
    } else {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) return false;
      code = code << 6 | (byte(i + k) & 0x3f);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    i += length;
  }
  return true;
}

}  // namespace rms::ctl
