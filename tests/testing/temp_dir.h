// A folder that goes with the test.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace lucid {

// Made under TMPDIR or /tmp, removed with all it holds.
class TempDir {
 public:
  TempDir() {
    const char* root = getenv("TMPDIR");
    path_ = std::string(root == nullptr ? "/tmp" : root) + "/lucid_test_XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) abort();
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace lucid
