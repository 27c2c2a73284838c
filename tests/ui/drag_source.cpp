#include "tests/ui/drag_source.h"

#include <cctype>
#include <initializer_list>
#include <optional>
#include <thread>

// Last: it defines macros named None, Bool and Status.
#include <X11/Xatom.h>
#include <X11/Xlib.h>

namespace afs::test {
namespace {

using Clock = std::chrono::steady_clock;

class DragSource {
  public:
    DragSource(std::string uris, Clock::time_point deadline) : uris_(std::move(uris)), deadline_(deadline) {
        if (display_) window_ = XCreateSimpleWindow(display_, DefaultRootWindow(display_), 0, 0, 1, 1, 0, 0, 0);
    }
    ~DragSource() {
        if (!display_) return;
        XDestroyWindow(display_, window_);
        XCloseDisplay(display_);
    }
    DragSource(const DragSource&) = delete;
    DragSource& operator=(const DragSource&) = delete;

    std::string drop_at(int x, int y) {
        if (!display_) return "no display";
        const ::Window target = find();
        if (!target) return "no window takes drops";
        XSetSelectionOwner(display_, atom("XdndSelection"), window_, CurrentTime);
        const Atom kind = atom("text/uri-list"), copy = atom("XdndActionCopy");
        send(target, "XdndEnter", {5L << 24, static_cast<long>(kind), 0, 0});
        send(target, "XdndPosition", {0, static_cast<long>(x) << 16 | y, CurrentTime, static_cast<long>(copy)});
        const auto status = answer("XdndStatus");
        if (!status) return "the window did not say whether it takes the file";
        if (!(status->data.l[1] & 1)) return "the window does not take the file";
        send(target, "XdndDrop", {0, CurrentTime, 0, 0});
        const auto finished = answer("XdndFinished");
        if (!finished) return "the window did not finish the drop";
        // The protocol means bit 0; GLFW tells the number of bytes that it read.
        return finished->data.l[1] ? "" : "the window gave the file up";
    }

  private:
    Atom atom(const char* name) { return XInternAtom(display_, name, False); }

    ::Window find() {
        ::Window root = 0, parent = 0, *children = nullptr, found = 0;
        unsigned int count = 0;
        XQueryTree(display_, DefaultRootWindow(display_), &root, &parent, &children, &count);
        for (unsigned int i = 0; i < count; ++i)
            if (takes_drops(children[i])) found = children[i];
        if (children) XFree(children);
        return found;
    }

    bool takes_drops(::Window window) {
        Atom type = 0;
        int format = 0;
        unsigned long count = 0, rest = 0;
        unsigned char* data = nullptr;
        XGetWindowProperty(display_, window, atom("XdndAware"), 0, 1, False, AnyPropertyType, &type, &format, &count,
                           &rest, &data);
        if (data) XFree(data);
        return count > 0;
    }

    void send(::Window target, const char* message, std::initializer_list<long> words) {
        XEvent event{};
        event.xclient.type = ClientMessage;
        event.xclient.window = target;
        event.xclient.message_type = atom(message);
        event.xclient.format = 32;
        event.xclient.data.l[0] = static_cast<long>(window_);
        int i = 1;
        for (const long word : words) event.xclient.data.l[i++] = word;
        XSendEvent(display_, target, False, NoEventMask, &event);
        XFlush(display_);
    }

    // The window's next message of that name; the file's address is handed over meanwhile when it asks.
    std::optional<XClientMessageEvent> answer(const char* message) {
        while (Clock::now() < deadline_) {
            if (!XPending(display_)) {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                continue;
            }
            XEvent event;
            XNextEvent(display_, &event);
            if (event.type == ClientMessage && event.xclient.message_type == atom(message)) return event.xclient;
            if (event.type == SelectionRequest) hand_over(event.xselectionrequest);
        }
        return std::nullopt;
    }

    void hand_over(const XSelectionRequestEvent& asked) {
        XChangeProperty(display_, asked.requestor, asked.property, asked.target, 8, PropModeReplace,
                        reinterpret_cast<const unsigned char*>(uris_.data()), static_cast<int>(uris_.size()));
        XEvent event{};
        event.xselection.type = SelectionNotify;
        event.xselection.requestor = asked.requestor;
        event.xselection.selection = asked.selection;
        event.xselection.target = asked.target;
        event.xselection.property = asked.property;
        event.xselection.time = asked.time;
        XSendEvent(display_, asked.requestor, False, NoEventMask, &event);
        XFlush(display_);
    }

    std::string uris_;
    Clock::time_point deadline_;
    Display* display_ = XOpenDisplay(nullptr);
    ::Window window_ = 0;
};

// As file managers write it: what is no letter, digit or mark of a path is escaped.
std::string uri_of(const std::filesystem::path& file) {
    std::string uri = "file://";
    for (const char c : file.string()) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || std::string("/-_.~").find(c) != std::string::npos) {
            uri += c;
            continue;
        }
        constexpr const char* kDigits = "0123456789ABCDEF";
        uri += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return uri + "\r\n";
}

}  // namespace

std::string drag_file_onto_window(const std::filesystem::path& file, int x, int y, std::chrono::seconds patience) {
    return DragSource(uri_of(file), Clock::now() + patience).drop_at(x, y);
}

}  // namespace afs::test
