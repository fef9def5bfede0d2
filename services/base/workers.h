// A fixed pool of threads that runs handlers, with a bounded queue: the one number that bounds
// memory, connections and latency.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lucid {

class Workers {
 public:
  // `threads` run jobs; at most `queue` wait.
  Workers(int threads, size_t queue);
  // Runs what is queued, then ends the threads.
  ~Workers();

  // Queues `job`; false, and nothing is queued, when the queue is full.
  bool Post(std::function<void()> job);
  // Queues `job` whatever the length of the queue: for work already begun, such as the next step
  // of a stream, whose number is bounded elsewhere.
  void PostAlways(std::function<void()> job);
  // How many jobs wait.
  size_t waiting() const;

 private:
  void Run();

  const size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace lucid
