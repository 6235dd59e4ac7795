namespace Tessera.Models.State;

/// <summary>Turns a key, in place, from the rotary position that it has to another one.</summary>
/// <param name="key">The key of one head.</param>
/// <param name="from">The position that it has.</param>
/// <param name="to">The position that it gets.</param>
public delegate void RotateKey(Span<float> key, int from, int to);
