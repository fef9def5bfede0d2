// What a fuzzer does when a property does not hold: it ends the program, which libFuzzer reports
// with the input.
#pragma once

#include <cstdio>
#include <cstdlib>

#define EXPECT(property)                                                                 \
  do {                                                                                   \
    if (!(property)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
