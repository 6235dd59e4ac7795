namespace Tessera.Generation.Tests.Sessions;

/// <summary>Tests that run with no other test beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;
