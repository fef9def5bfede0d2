// What protobuf's conformance runner wants of C libraries newer than Debian 12's; `run` preloads it
// into the runner.
#include <cstdlib>
#include <iostream>  // whose streams the newer library sets up by itself

namespace std {
void ios_base_library_init() {}
}  // namespace std

extern "C" {
long __isoc23_strtol(const char* text, char** end, int base) { return strtol(text, end, base); }
unsigned long __isoc23_strtoul(const char* text, char** end, int base) {
  return strtoul(text, end, base);
}
long long __isoc23_strtoll(const char* text, char** end, int base) {
  return strtoll(text, end, base);
}
unsigned long long __isoc23_strtoull(const char* text, char** end, int base) {
  return strtoull(text, end, base);
}
}
