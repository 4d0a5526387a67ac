// SPDX-License-Identifier: Apache-2.0
//
// What GSS-API and libkrb5 hand out, with owners. For sources only: no public header includes it.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5/krb5.h>

namespace rms::kerberos {

// A handle of GSS-API, released by `Release`.
template <class Handle, OM_uint32 (*Release)(OM_uint32*, Handle*)>
class GssOwned {
 public:
  GssOwned() = default;
  GssOwned(GssOwned&& other) noexcept : handle_(std::exchange(other.handle_, Handle{})) {}
  GssOwned& operator=(GssOwned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~GssOwned() {
    OM_uint32 ignored = 0;
    Release(&ignored, &handle_);
  }
  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }

 private:
  Handle handle_{};
};

inline OM_uint32 drop_context(OM_uint32* minor, gss_ctx_id_t* context) {
  return *context == GSS_C_NO_CONTEXT ? GSS_S_COMPLETE : gss_delete_sec_context(minor, context, GSS_C_NO_BUFFER);
}
inline OM_uint32 drop_name(OM_uint32* minor, gss_name_t* name) {
  return *name == GSS_C_NO_NAME ? GSS_S_COMPLETE : gss_release_name(minor, name);
}
inline OM_uint32 drop_credential(OM_uint32* minor, gss_cred_id_t* credential) {
  return *credential == GSS_C_NO_CREDENTIAL ? GSS_S_COMPLETE : gss_release_cred(minor, credential);
}
inline OM_uint32 drop_buffer(OM_uint32* minor, gss_buffer_desc* buffer) {
  return gss_release_buffer(minor, buffer);
}

using GssContext = GssOwned<gss_ctx_id_t, drop_context>;
using GssName = GssOwned<gss_name_t, drop_name>;
using GssCredential = GssOwned<gss_cred_id_t, drop_credential>;
using GssBuffer = GssOwned<gss_buffer_desc, drop_buffer>;

inline std::string_view text_of(const GssBuffer& buffer) {
  return {static_cast<const char*>(buffer.get().value), buffer.get().length};
}
// GSS-API takes input by pointers to non-const that it does not write through.
inline gss_buffer_desc buffer_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}

struct FreeKrb5Context {
  void operator()(krb5_context context) const { krb5_free_context(context); }
};
using Krb5Context = std::unique_ptr<_krb5_context, FreeKrb5Context>;

// An object of libkrb5 that is freed by `Free`, a function that wants its context.
template <class T, auto Free>
class Krb5Owned {
 public:
  explicit Krb5Owned(krb5_context context) : context_(context) {}
  Krb5Owned(const Krb5Owned&) = delete;
  Krb5Owned& operator=(const Krb5Owned&) = delete;
  ~Krb5Owned() {
    if (object_) Free(context_, object_);
  }
  T get() const { return object_; }
  T* out() { return &object_; }

 private:
  krb5_context context_;
  T object_{};
};

}  // namespace rms::kerberos
