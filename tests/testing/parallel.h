// Threads that start together.
#pragma once

#include <barrier>
#include <thread>
#include <vector>

namespace lucid {

// Runs `body(i)` on `threads` threads that start together, and waits for all.
template <class Body>
void InParallel(int threads, Body body) {
  std::barrier start(threads);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : running) thread.join();
}

}  // namespace lucid
