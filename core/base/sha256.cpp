#include "core/base/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/base/error.h"

namespace afs {

namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hex_text(const Digest& digest, unsigned int size) {
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

}  // namespace

std::string sha256_hex(Bytes bytes) {
    Digest digest{};
    unsigned int size = 0;
    AFS_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
    return hex_text(digest, size);
}

std::string sha256_hex(Bytes bytes, const std::function<void(double done)>& before_part) {
    constexpr std::size_t kPart = std::size_t{4} << 20;  // some milliseconds
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    AFS_CHECK(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
    for (std::size_t at = 0; at < bytes.size(); at += kPart) {
        before_part(static_cast<double>(at) / static_cast<double>(bytes.size()));
        const Bytes part = bytes.subspan(at, std::min(kPart, bytes.size() - at));
        AFS_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    }
    Digest digest{};
    unsigned int size = 0;
    AFS_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
    return hex_text(digest, size);
}

}  // namespace afs
