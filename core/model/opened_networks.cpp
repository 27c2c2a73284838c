#include "core/model/opened_networks.h"

#include <ATen/ATen.h>

#include <list>
#include <mutex>

namespace afs {
namespace {

struct Opened {
    std::string path, which;
    std::weak_ptr<const Generator> generator;
};

std::mutex mutex;
std::list<Opened>& opened() {
    static std::list<Opened> list;
    return list;
}

}  // namespace

void note_opened(const std::string& path, const std::string& which, const std::shared_ptr<const Generator>& generator) {
    const std::lock_guard lock(mutex);
    opened().remove_if([](const Opened& o) { return o.generator.expired(); });
    opened().push_front({path, which, generator});  // the newest is found first
}

std::shared_ptr<const Generator> share_opened(const std::string& path, const std::string& which, Device device) {
    std::shared_ptr<const Generator> found;
    {
        const std::lock_guard lock(mutex);
        for (const Opened& o : opened()) {
            const auto generator = o.generator.lock();
            if (found || !generator || o.path != path || o.which != which || !(generator->device() == device)) continue;
            found = generator;
        }
    }
    if (!found || device.kind != Device::Kind::cpu) return nullptr;  // elsewhere a copy is made on the device
    std::vector<Tensor> tensors;
    for (const auto& state : found->state()) tensors.push_back(state.tensor);  // the same memory
    return Generator::from_tensors(found->config(), std::move(tensors));
}

}  // namespace afs
