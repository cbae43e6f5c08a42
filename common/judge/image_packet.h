#pragma once

#include <utility>

#include "common/judge/builder.h"
#include "common/judge/kit.h"

/// An image on its way from the coordinator, which has it built, to the workers that run it.
namespace judge {

/// Sends an image as one packet, with its library as a descriptor. A receiver that has gone needs
/// none.
/// @param socket  of SOCK_SEQPACKET.
void send_image(int socket, Build build, const Image& image);

/// Waits for the next image and says which build it is.
/// @throws std::runtime_error  if the sender has gone.
std::pair<Build, Image> receive_image(int socket);

}  // namespace judge
