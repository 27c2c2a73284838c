# The CUDA language. CMake 3.25 does not know that nvcc 13 takes C++20, so it is told.
if(NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80-real 86-real 89-real 90-real 100-real 120)   # 120 also as PTX, for what comes later
endif()
set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)   # one cudart, shared with LibTorch
enable_language(CUDA)
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
find_package(CUDAToolkit REQUIRED)
