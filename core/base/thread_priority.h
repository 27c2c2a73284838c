// Which threads step back when the cores are short. Called by the thread itself; never raises anything.
#pragma once

namespace afs {

// The calling thread, and every thread that it starts from now on (its OpenMP team too, if none has been started),
// yields to the window: both at work on one core, the window gets most of it. Alone, it is as quick as before. Does
// nothing where the system has no such thing.
void step_back_thread() noexcept;

}  // namespace afs
