#include "app/gui/clipboard_image.h"

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "core/base/error.h"

namespace afs::gui {
namespace {

// A requestor that vanishes must not end the program, which is what Xlib does by default.
int ignore_error(Display*, XErrorEvent*) { return 0; }

struct CloseDisplay {
    void operator()(Display* display) const { XCloseDisplay(display); }
};
using DisplayPointer = std::unique_ptr<Display, CloseDisplay>;

class Server {
  public:
    Server(DisplayPointer display, std::vector<std::byte> png) : display_(std::move(display)), png_(std::move(png)) {
        Display* d = display_.get();
        window_ = XCreateSimpleWindow(d, DefaultRootWindow(d), 0, 0, 1, 1, 0, 0, 0);
        clipboard_ = XInternAtom(d, "CLIPBOARD", False);
        targets_ = XInternAtom(d, "TARGETS", False);
        image_ = XInternAtom(d, "image/png", False);
        XSetSelectionOwner(d, clipboard_, window_, CurrentTime);
        XFlush(d);
    }
    ~Server() { XDestroyWindow(display_.get(), window_); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] bool owns() const { return XGetSelectionOwner(display_.get(), clipboard_) == window_; }

    void serve(int stop_fd) {
        std::array<pollfd, 2> waiting = {pollfd{ConnectionNumber(display_.get()), POLLIN, 0},
                                         pollfd{stop_fd, POLLIN, 0}};
        while (true) {
            while (XPending(display_.get()) > 0) {
                XEvent event;
                XNextEvent(display_.get(), &event);
                if (event.type == SelectionClear) return;  // another program copied something
                if (event.type == SelectionRequest) answer(event.xselectionrequest);
            }
            if (poll(waiting.data(), waiting.size(), -1) < 0 || waiting[1].revents != 0) return;
        }
    }

  private:
    void answer(const XSelectionRequestEvent& request) {
        Display* d = display_.get();
        XSelectionEvent reply{};
        reply.type = SelectionNotify;
        reply.requestor = request.requestor;
        reply.selection = request.selection;
        reply.target = request.target;
        reply.time = request.time;
        reply.property = None;  // refused, unless it is set below
        const Atom property = request.property != None ? request.property : request.target;
        // Longer pictures would need the incremental protocol; servers of today take 16 MB at once.
        const std::size_t longest =
            static_cast<std::size_t>(std::max(XExtendedMaxRequestSize(d), XMaxRequestSize(d))) * 4 - 256;
        if (request.target == targets_) {
            const std::array<Atom, 2> offered = {targets_, image_};
            XChangeProperty(d, request.requestor, property, XA_ATOM, 32, PropModeReplace,
                            reinterpret_cast<const unsigned char*>(offered.data()), 2);
            reply.property = property;
        } else if (request.target == image_ && png_.size() < longest) {
            XChangeProperty(d, request.requestor, property, image_, 8, PropModeReplace,
                            reinterpret_cast<const unsigned char*>(png_.data()), static_cast<int>(png_.size()));
            reply.property = property;
        }
        XEvent event{};
        event.xselection = reply;
        XSendEvent(d, request.requestor, False, 0, &event);
        XFlush(d);
    }

    DisplayPointer display_;
    std::vector<std::byte> png_;
    Window window_ = 0;
    Atom clipboard_ = 0, targets_ = 0, image_ = 0;
};

}  // namespace

ClipboardImage::~ClipboardImage() { withdraw(); }

void ClipboardImage::withdraw() {
    if (!server_.joinable()) return;
    const char stop = 1;
    while (write(stop_pipe_[1], &stop, 1) < 0 && errno == EINTR) {}
    server_.join();
    close(stop_pipe_[0]);
    close(stop_pipe_[1]);
}

void ClipboardImage::offer(std::vector<std::byte> png) {
    withdraw();
    const std::string tried = "Could not copy the picture";
    DisplayPointer display(XOpenDisplay(nullptr));
    if (!display)
        throw Error(ErrorKind::device, tried, "there is no X server to hold the clipboard",
                    "Save the picture to a file instead.");
    XSetErrorHandler(ignore_error);
    auto server = std::make_shared<Server>(std::move(display), std::move(png));
    if (!server->owns())
        throw Error(ErrorKind::device, tried, "the clipboard was refused", "Save the picture to a file instead.");
    if (pipe(stop_pipe_) != 0) throw Error(ErrorKind::memory, tried, "the system is out of file handles");
    server_ = std::jthread([server, stop = stop_pipe_[0]] { server->serve(stop); });
}

}  // namespace afs::gui
