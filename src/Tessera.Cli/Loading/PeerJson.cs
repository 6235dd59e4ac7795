using System.Text.Json.Serialization;

namespace Tessera.Cli.Loading;

/// <summary>How texts are written for a peer.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class PeerJson : JsonSerializerContext;
