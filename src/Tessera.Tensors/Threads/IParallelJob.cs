namespace Tessera.Tensors.Threads;

/// <summary>
/// Work cut into independent parts. Implement it as a struct: <see cref="ComputePool"/> then runs it without an allocation.
/// The struct is copied once at dispatch and shared by all threads, so results belong in the memory it points to.
/// </summary>
public interface IParallelJob
{
    /// <summary>Does one part.</summary>
    /// <param name="part">Which part, from 0; each is run exactly once, in no promised order.</param>
    /// <param name="worker">Which thread runs it, in [0, <see cref="ComputePool.Threads"/>): no two parts run with the same worker at the same time.</param>
    void Run(int part, int worker);
}
