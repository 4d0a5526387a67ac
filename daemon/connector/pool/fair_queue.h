// SPDX-License-Identifier: Apache-2.0
//
// Which call goes to the cloud next, without I/O, clocks or threads. Every server is a flow: flows take turns, within
// one it is first come, first served. So a server that sends a thousand calls delays another's single one by one turn,
// not by a thousand.
//
//   may_go()  no: join() -> it waits -> next() says that it is its turn, or join() of another crowds it out
//   went() ... came_back()  while it is on its way
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>

namespace rms::connector {

class FairQueue {
 private:
  struct Flow;

 public:
  struct Limits {
    std::size_t in_flight;           // of all flows together
    std::size_t per_flow_in_flight;  // of one; its others wait even if nobody else asks
    std::size_t entries;             // that may wait
  };

  // What waits. It stays where it is, and alive, for as long as it waits.
  class Entry {
   public:
    explicit Entry(std::string flow) : flow_(std::move(flow)) {}
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();  // REQUIRES: !waiting()

    const std::string& flow() const { return flow_; }
    bool waiting() const { return in_ != nullptr; }

   private:
    friend class FairQueue;
    std::string flow_;
    Flow* in_ = nullptr;
    std::list<Entry*>::iterator place_;
  };

  // REQUIRES: all > 0
  explicit FairQueue(Limits limits);
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  // From now on. Who waits or is on its way already stays; next() tells who may go now.
  void change(Limits limits);

  // Whether a call of `flow` that comes now may go at once: both limits leave room, and none of its flow waits before.
  bool may_go(std::string_view flow) const;
  // One more, one less on its way.
  void went(const std::string& flow);
  void came_back(const std::string& flow);

  // `entry` waits now. If there was no room, the flow that has most waiting loses its newest, and that is returned: it
  // waits no longer and must be told; it may be `entry` itself. Null: there was room. REQUIRES: !entry.waiting()
  Entry* join(Entry& entry);
  // It waits no longer, if it did.
  void leave(Entry& entry);
  // Whose turn it is; it waits no longer. Null: nobody may go. Whoever gets it calls went(), or the turn is lost.
  Entry* next();
  // Somebody who waits, whatever the limits; it waits no longer. Null: nobody does.
  Entry* any();

  std::size_t size() const { return waiting_; }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t in_flight(std::string_view flow) const;
  const Limits& limits() const { return limits_; }

 private:
  // Exists while something of it waits or is on its way: what a stranger could make many of is bounded by both limits.
  struct Flow {
    std::size_t in_flight = 0;
    std::list<Entry*> waiting;        // oldest first
    std::list<Flow*>::iterator turn;  // in turns_, while something waits
    std::map<std::string, Flow, std::less<>>::iterator self;
  };

  Flow& flow(const std::string& name);
  void forget_if_empty(Flow& flow);
  Entry* take_out(Flow& flow, std::list<Entry*>::iterator place);

  Limits limits_;
  std::map<std::string, Flow, std::less<>> flows_;
  std::list<Flow*> turns_;  // those in which something waits; whose turn it is stands first
  std::size_t waiting_ = 0, in_flight_ = 0;
};

}  // namespace rms::connector
