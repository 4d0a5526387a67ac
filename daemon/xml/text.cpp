// SPDX-License-Identifier: Apache-2.0
#include "xml/text.h"

#include <iterator>

#include <boost/locale/utf.hpp>

#include "xml/document.h"

namespace rms::xml {
namespace {

namespace utf = boost::locale::utf;
using Utf8 = utf::utf_traits<char>;
using Utf16 = utf::utf_traits<char16_t>;

enum class Encoding { utf8, utf16le, utf16be };

bool is(std::string_view bytes, std::size_t at, unsigned char value) {
  return at < bytes.size() && static_cast<unsigned char>(bytes[at]) == value;
}

// Finds the encoding and cuts the byte order mark off `bytes`.
Encoding take_encoding(std::string_view& bytes) {
  if (is(bytes, 0, 0xef) && is(bytes, 1, 0xbb) && is(bytes, 2, 0xbf)) {
    bytes.remove_prefix(3);
  } else if (is(bytes, 0, 0xff) && is(bytes, 1, 0xfe)) {
    bytes.remove_prefix(2);
    return Encoding::utf16le;
  } else if (is(bytes, 0, 0xfe) && is(bytes, 1, 0xff)) {
    bytes.remove_prefix(2);
    return Encoding::utf16be;
  } else if (is(bytes, 0, '<') && is(bytes, 1, 0)) {
    return Encoding::utf16le;
  } else if (is(bytes, 0, 0) && is(bytes, 1, '<')) {
    return Encoding::utf16be;
  }
  return Encoding::utf8;
}

// Reads UTF-16 code units of either byte order out of bytes, for utf_traits<char16_t>::decode.
class CodeUnits {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char16_t;
  using difference_type = std::ptrdiff_t;
  using pointer = const char16_t*;
  using reference = char16_t;

  CodeUnits(const char* at, Encoding encoding) : at_(at), encoding_(encoding) {}
  char16_t operator*() const {
    const auto first = static_cast<unsigned char>(at_[0]), second = static_cast<unsigned char>(at_[1]);
    return static_cast<char16_t>(encoding_ == Encoding::utf16le ? first | second << 8 : first << 8 | second);
  }
  CodeUnits& operator++() {
    at_ += 2;
    return *this;
  }
  CodeUnits operator++(int) {
    CodeUnits before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CodeUnits& a, const CodeUnits& b) { return a.at_ == b.at_; }
  friend bool operator!=(const CodeUnits& a, const CodeUnits& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  Encoding encoding_;
};

// Gives each code point of [at, end) to `use`; false at the first that is none, or is NUL.
template <class Traits, class Iterator, class Use>
bool decode(Iterator at, Iterator end, Use use) {
  while (at != end) {
    const utf::code_point c = Traits::decode(at, end);
    if (c == utf::illegal || c == utf::incomplete || c == 0) return false;
    use(c);
  }
  return true;
}

}  // namespace

void append_utf8(std::string& out, std::uint32_t code_point) {
  Utf8::encode(code_point, std::back_inserter(out));
}

Result<std::string> to_utf8(std::string_view bytes) {
  const Encoding encoding = take_encoding(bytes);
  if (encoding == Encoding::utf8) {
    if (!bytes.empty() && bytes.back() == '\0') bytes.remove_suffix(1);
    if (!decode<Utf8>(bytes.begin(), bytes.end(), [](utf::code_point) {}))
      return Error(Errc::malformed, "not valid UTF-8 text");
    return std::string(bytes);
  }

  if (bytes.size() % 2 != 0) return Error(Errc::malformed, "UTF-16 text with an odd number of bytes");
  if (bytes.size() >= 2 && bytes.substr(bytes.size() - 2) == std::string_view("\0\0", 2)) bytes.remove_suffix(2);
  std::string text;
  text.reserve(bytes.size() / 2);
  const CodeUnits begin(bytes.data(), encoding), end(bytes.data() + bytes.size(), encoding);
  if (!decode<Utf16>(begin, end, [&](utf::code_point c) { append_utf8(text, c); }))
    return Error(Errc::malformed, "not valid UTF-16 text");
  return text;
}

std::string to_utf16le(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size() * 2);
  for (auto at = utf8.begin(); at != utf8.end();) {
    char16_t units[2];
    const char16_t* last = Utf16::encode(Utf8::decode_valid(at), units);
    for (const char16_t* unit = units; unit != last; ++unit) {
      out.push_back(static_cast<char>(*unit & 0xff));
      out.push_back(static_cast<char>(*unit >> 8));
    }
  }
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      // As it is, a reader would make a line feed of it.
      case '\r':
        out += "&#13;";
        break;
      case '\t':
      case '\n':
        out.push_back(c);
        break;
      default:
        out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
    }
  }
  return out;
}

}  // namespace rms::xml
