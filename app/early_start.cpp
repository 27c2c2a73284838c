// Settings of the process that libraries read before main() runs: how long idle threads of OpenMP (LibTorch's) spin,
// and whether malloc asks for large pages. Linked into programs that compute on the CPU.
//
// Why it matters: by default a thread that waits for the others at the end of an operator spins for milliseconds. On a
// machine whose cores are wanted elsewhere (a window drawn in software, another program) the spinning takes the time
// that the others need: a picture of the demo model was seen to take 20 times as long (1.4 s instead of 0.07 s on two
// cores under load). Large pages take a tenth off.
//
// Why so: the only door to both settings is the environment at the start of the process. The function below is called
// before any library is initialised (.preinit_array), so that starting once more costs some 20 ms; nothing of ours nor
// of the C library may be relied upon there but plain system calls.
#include <unistd.h>

#include <cstring>

// Sanitizers are not up at that time, and their programs need no speed.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

constexpr int kMostVariables = 4096;
char spin_count[] = "GOMP_SPINCOUNT=300";
char large_pages[] = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";

bool names(const char* variable, const char* name) {
    const std::size_t length = std::strlen(name);
    return std::strncmp(variable, name, length) == 0 && variable[length] == '=';
}

void start_again_with_settings(int, char** arguments, char** environment) {
    static char* extended[kMostVariables + 3];
    static char program[4096];
    int count = 0;
    bool tuned = false;
    for (; environment[count] != nullptr; ++count) {
        // Whoever says how threads wait is obeyed; the second start finds the first one's word.
        if (names(environment[count], "GOMP_SPINCOUNT") || names(environment[count], "OMP_WAIT_POLICY")) return;
        if (names(environment[count], "GLIBC_TUNABLES")) tuned = true;
        if (count >= kMostVariables) return;
        extended[count] = environment[count];
    }
    extended[count++] = spin_count;
    if (!tuned) extended[count++] = large_pages;
    extended[count] = nullptr;
    // The path, not /proc/self/exe: it becomes the name that ps and top show.
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return;
    program[length] = '\0';
    execve(program, arguments, extended);  // where it fails, the program goes on as it is
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const before_everything)(int, char**,
                                                                              char**) = &start_again_with_settings;

}  // namespace

#endif
