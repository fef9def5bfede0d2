#include "services/cases/seal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace lucid::cases {
namespace {

constexpr char kVersion = 1;
constexpr size_t kKeySize = 32;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;

struct ContextRelease {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, ContextRelease>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Without randomness nothing may be sealed, so there is nothing to go on with.
std::string Random(size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(Bytes(bytes), static_cast<int>(size)) != 1) std::abort();
  return bytes;
}

absl::Status Unreadable() { return absl::DataLossError("what was sealed does not open"); }

}  // namespace

std::string NewKey() { return Random(kKeySize); }

std::string Seal(absl::string_view key, absl::string_view context, absl::string_view plain) {
  const std::string nonce = Random(kNonceSize);
  std::string text(plain.size(), '\0'), tag(kTagSize, '\0');
  Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool sealed =
      key.size() == kKeySize &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), Bytes(text), &size, Bytes(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), Bytes(tag), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()) == 1;
  if (!sealed) std::abort();
  return absl::StrCat(std::string(1, kVersion), nonce, text, tag);
}

absl::StatusOr<std::string> Open(absl::string_view key, absl::string_view context,
                                 absl::string_view sealed) {
  if (sealed.size() < 1 + kNonceSize + kTagSize || sealed[0] != kVersion ||
      key.size() != kKeySize) {
    return Unreadable();
  }
  absl::string_view nonce = sealed.substr(1, kNonceSize);
  absl::string_view text = sealed.substr(1 + kNonceSize);
  std::string tag(text.substr(text.size() - kTagSize));
  text.remove_suffix(kTagSize);
  std::string plain(text.size(), '\0'), rest(kTagSize, '\0');
  Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(context),
                        static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), Bytes(plain), &size, Bytes(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Bytes(rest), &size) == 1;
  if (!opened) return Unreadable();
  return plain;
}

std::string KeyedDigest(absl::string_view key, absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(text), text.size(), digest,
           &size) == nullptr) {
    std::abort();
  }
  return absl::BytesToHexString({reinterpret_cast<char*>(digest), size});
}

absl::StatusOr<std::vector<std::string>> ReadMasterKeys(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> keys;
  bool good = file.is_open();
  for (std::string line, key; good && std::getline(file, line); keys.push_back(key)) {
    good = absl::Base64Unescape(absl::StripAsciiWhitespace(line), &key) && key.size() == kKeySize;
  }
  if (good && !keys.empty()) return keys;
  return absl::FailedPreconditionError(
      absl::StrCat("the petitioner key ", path, " does not hold 32 bytes in base64 in each line"));
}

}  // namespace lucid::cases
